import { oldestRuntime, writeModel, type Model } from "@taskhead/autograd";
import { extractFeatures } from "../backbone/features.js";
import { mergeWeights } from "../backbone/split.js";
import type { Samples } from "../data/samples.js";
import type { Weights } from "../engine/weights.js";
import { atPrecision } from "../finetune/at-precision.js";
import { exportModel } from "../finetune/export.js";
import { precisions, type Precision } from "../finetune/precisions.js";
import { calibration, fitTemperature } from "../measures/calibration.js";
import { classCounts, confusionOf } from "../measures/confusion.js";
import { projectFeatures } from "../measures/projection.js";
import { argmax } from "../objectives/logits.js";
import type { Objective } from "../objectives/objective.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import type { Job, TuneSet } from "./job.js";
import { startOf, type Probed } from "./probing.js";
import { beginTask } from "./progress.js";
import type { BestCalibration, BestRun, CalibrationPair, ExportedFile, OutputResult } from "./results.js";
import { writeJson } from "./store.js";

/** Under which key of a store the winner is exported, an ONNX file. */
export const exportedModel = "model/onnx/model.onnx";

/** Copies lie beside it, under the names that transformers.js looks for. */
function keyOf(precision: Precision): string {
  return precision === "fp32" ? exportedModel : exportedModel.replace(".onnx", `_${precision}.onnx`);
}

/** The run that was chosen. */
export interface Winner {
  /** Where its head probing stopped. */
  stop: ProbeStop;
  /** Of its best epoch. */
  weights: Weights;
  epoch: number;
  validationScore: number;
}

/** What a set of samples got from the exported file. */
interface Scored {
  logits: Float32Array;
  samples: Samples;
}

/** Exports the winner, and measures the exported file itself: on validation samples, and once on test samples. */
export async function scoreWinner<Source>(
  job: Job<Source>,
  { stop, weights, epoch, validationScore }: Winner,
  before: Probed["before"],
  version: string,
): Promise<BestRun> {
  const { network, modality, data, sets, outputs, onProgress } = job;
  const { objective } = data;
  const { tau } = stop;
  const backbone = startOf(job, stop);
  const model = modality.served(exportModel(backbone, network.head, objective, weights));
  const bytes = writeModel(model);
  const validation = {
    logits: await scoreServed(job, bytes, sets.validation, data.validation, "exported model"),
    samples: data.validation,
  };
  const { value: measured } = objective.score(validation, data.validation.targets);
  // Batches of other sizes round differently: more shows only where something is wrong.
  if (Math.abs(measured - validationScore) > 1e-6)
    onProgress?.({
      kind: "message",
      text: `note: the exported model scores ${measured} on validation, training measured ${validationScore}`,
    });
  const files = await writeFiles(job, model, bytes, measured);
  await writeModelFolder(job, { tau, epoch, validationScore, version, files });
  const test =
    data.test && sets.test
      ? { logits: await scoreServed(job, bytes, sets.test, data.test, `test ${modality.name}`), samples: data.test }
      : null;
  const z0 = before?.validation ?? (await extractFeatures(data.engine, backbone, data.validation));
  const zT = await extractFeatures(data.engine, mergeWeights(backbone, weights), data.validation);
  const projection = projectFeatures(z0, zT, backbone.width);
  const classes = objective.name === "classification" ? classesOf(validation, objective, outputs) : null;
  const labels = data.validation.targets.data;
  return {
    tau,
    epoch,
    validationScore: measured,
    testScore: test && objective.score(test, test.samples.targets).value,
    classes: classes && classes.classes,
    confusion: classes && classes.confusion,
    calibration: classes && calibrate(validation, test, outputs.length),
    outputs: outputResults(validation, objective, outputs),
    projection,
    projectedClasses: classes && projection.samples.map((n) => labels[n]!),
    files,
  };
}

/** Writes the exported model and the copies that were asked for, each of them scored before. */
async function writeFiles<Source>(
  job: Job<Source>,
  model: Model,
  bytes: Uint8Array,
  validationScore: number,
): Promise<ExportedFile[]> {
  const { settings, store, data, sets } = job;
  const { objective } = data;
  const about = { opset: model.opsets.get("") ?? 1, oldestRuntime: oldestRuntime(model) ?? null };
  const files: ExportedFile[] = [];
  for (const precision of precisions) {
    const file = keyOf(precision);
    if (precision === "fp32") {
      await store.write(file, bytes);
      files.push({ file, precision, bytes: bytes.length, validationScore, ...about });
    } else if (settings.export.includes(precision)) {
      const copy = writeModel(atPrecision(model, precision));
      const logits = await scoreServed(job, copy, sets.validation, data.validation, `${precision} copy`);
      const { value } = objective.score({ logits }, data.validation.targets);
      await store.write(file, copy);
      files.push({ file, precision, bytes: copy.length, validationScore: value, ...about });
    } else {
      // Of an earlier run: it would be another model's.
      await store.remove(file);
    }
  }
  return files;
}

/** Writes `model/` in the layout that transformers.js reads, as far as the modality has one. */
async function writeModelFolder<Source>(
  { store, modality, data, outputs }: Job<Source>,
  {
    version,
    ...chosen
  }: { tau: unknown; epoch: number; validationScore: number; version: string; files: ExportedFile[] },
): Promise<void> {
  const folder = store.within("model");
  const { objective } = data;
  for (const [name, content] of Object.entries(modality.servedFiles({ objective, outputs })))
    await writeJson(folder, name, content);
  await writeJson(folder, "taskhead.json", {
    taskhead: version,
    modality: modality.name,
    objective: objective.name,
    outputs,
    ...chosen,
  });
}

/** The exported file's logits on the samples as it takes them, [N, k], in the objective's unit. */
async function scoreServed<Source>(
  { modality, data, threads, onProgress, signal }: Job<Source>,
  bytes: Uint8Array,
  { source }: TuneSet<Source>,
  { count: total }: Samples,
  label: string,
): Promise<Float32Array> {
  const { engine, objective } = data;
  const session = await engine.session(bytes, threads);
  const task = beginTask(onProgress, label, total, modality.name);
  const logits = new Float32Array(total * objective.outputs);
  try {
    let done = 0;
    for await (const { count, feeds } of modality.servedBatches(source, engine)) {
      signal?.throwIfAborted();
      const outputs = await session.run(feeds);
      logits.set(outputs["logits"]!.data as Float32Array, done * objective.outputs);
      task.update((done += count));
    }
  } finally {
    task.end();
    await session.release();
  }
  return inUnitOf(objective, logits);
}

/** The user's numbers, standardised as the targets are. */
function inUnitOf({ scale, outputs }: Objective, logits: Float32Array): Float32Array {
  return scale ? logits.map((q, i) => (q - scale.mean[i % outputs]!) / scale.deviation[i % outputs]!) : logits;
}

function classesOf({ logits, samples }: Scored, { outputs: k }: Objective, names: readonly string[]) {
  const confusion = confusionOf(argmax(logits, k), samples.targets.data, k);
  const classes = classCounts(confusion).map((counts, c) => ({ label: names[c]!, ...counts }));
  return { confusion, classes };
}

/** Calibration before and after temperature scaling; the temperature is fitted on the validation samples alone. */
function calibrate(validation: Scored, test: Scored | null, classes: number): BestCalibration {
  const temperature = fitTemperature(validation.logits, validation.samples.targets.data, classes);
  const pair = ({ logits, samples }: Scored): CalibrationPair => ({
    before: calibration(logits, samples.targets.data, classes),
    after: calibration(logits, samples.targets.data, classes, { temperature }),
  });
  return { temperature, validation: pair(validation), test: test && pair(test) };
}

/** Label by label, or number by number; null for classes, which are told by their confusions. */
function outputResults(scored: Scored, objective: Objective, names: readonly string[]): OutputResult[] | null {
  const each = objective.each?.(scored, scored.samples.targets);
  if (!each) return null;
  return each.map(({ value, measured, error }, i) => ({
    name: names[i]!,
    measured,
    score: Number.isFinite(value) ? value : null,
    error: error === undefined ? null : error * (objective.scale?.deviation[i] ?? 1),
  }));
}
