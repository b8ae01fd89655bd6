import { oldestRuntime, writeModel, type Model } from "@taskhead/autograd";
import { extractFeatures } from "../backbone/features.js";
import { mergeWeights } from "../backbone/split.js";
import { rows } from "../data/cached-values.js";
import { sha256 } from "../data/checksum.js";
import type { Samples } from "../data/samples.js";
import { pickTargets } from "../data/targets.js";
import type { Weights } from "../engine/weights.js";
import { atPrecision } from "../finetune/at-precision.js";
import { exportModel } from "../finetune/export.js";
import { precisions, type Precision } from "../finetune/precisions.js";
import { classCounts, confusionOf } from "../measures/confusion.js";
import { hardestSamples, type HardSample } from "../measures/hardest.js";
import { projectFeatures } from "../measures/projection.js";
import { argmax } from "../objectives/logits.js";
import type { Objective } from "../objectives/objective.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import { calibrate } from "./calibrate.js";
import { duplicatesOf, type Job, type TuneSet } from "./job.js";
import { startOf, type Probed } from "./probing.js";
import { beginTask } from "./progress.js";
import type { BestRun, ExportedFile, OutputResult } from "./results.js";
import { writeJson, type Store } from "./store.js";

const folder = "model";

/** Under which key of a store the winner is exported, an ONNX file. */
export const exportedModel = `${folder}/onnx/model.onnx`;

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
export interface Scored {
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
  const into = new ModelFolder(job.store);
  const files = await writeFiles(job, into, model, bytes, measured);
  await writeModelFolder(job, into, { tau, epoch, validationScore, version, files });
  const test =
    data.test && sets.test
      ? { logits: await scoreServed(job, bytes, sets.test, data.test, `test ${modality.name}`), samples: data.test }
      : null;
  const z0 = before?.validation ?? (await extractFeatures(data.engine, backbone, data.validation));
  const zT = await extractFeatures(data.engine, mergeWeights(backbone, weights), data.validation);
  const projection = projectFeatures(z0, zT, backbone.width);
  const byOutput = resultsByOutput(validation, objective, outputs);
  const labels = data.validation.targets.data;
  return {
    tau,
    epoch,
    validationScore: measured,
    testScore: test && objective.score(test, test.samples.targets).value,
    unseenTest: test && unseenScore(job, test),
    ...byOutput,
    onTest: test && resultsByOutput(test, objective, outputs),
    hardest: { validation: hardest(validation, objective), test: test ? hardest(test, objective) : [] },
    calibration: byOutput.classes && calibrate(validation, test, outputs.length),
    projection,
    projectedClasses: byOutput.classes && projection.samples.map((n) => labels[n]!),
    files,
  };
}

/** As many samples as one can look through. */
const mostHard = 24;

function hardest({ logits, samples }: Scored, objective: Objective): HardSample[] {
  return hardestSamples({ logits, targets: samples.targets }, objective, mostHard);
}

/** What a set's score is made of, class by class or output by output. */
function resultsByOutput(scored: Scored, objective: Objective, names: readonly string[]): BestRun["onTest"] & object {
  const classes = objective.name === "classification" ? classesOf(scored, objective, names) : null;
  return {
    classes: classes && classes.classes,
    confusion: classes && classes.confusion,
    outputs: outputResults(scored, objective, names),
  };
}

/** The folder of an exported model, and the SHA-256 of what was written there: files for others to read hold no seal. */
class ModelFolder {
  readonly checksums: Record<string, string> = {};

  constructor(private readonly store: Store) {}

  /** @param key in the run's store */
  async write(key: string, bytes: Uint8Array): Promise<void> {
    await this.store.write(key, bytes);
    this.checksums[key.slice(folder.length + 1)] = await sha256(bytes);
  }

  remove(key: string): Promise<void> {
    return this.store.remove(key);
  }
}

/** Writes the exported model and the copies that were asked for, each of them scored before. */
async function writeFiles<Source>(
  job: Job<Source>,
  into: ModelFolder,
  model: Model,
  bytes: Uint8Array,
  validationScore: number,
): Promise<ExportedFile[]> {
  const { settings, data, sets } = job;
  const { objective } = data;
  const about = { opset: model.opsets.get("") ?? 1, oldestRuntime: oldestRuntime(model) ?? null };
  const files: ExportedFile[] = [];
  for (const precision of precisions) {
    const file = keyOf(precision);
    if (precision === "fp32") {
      await into.write(file, bytes);
      files.push({ file, precision, bytes: bytes.length, validationScore, ...about });
    } else if (settings.export.includes(precision)) {
      const copy = writeModel(atPrecision(model, precision));
      const logits = await scoreServed(job, copy, sets.validation, data.validation, `${precision} copy`);
      const { value } = objective.score({ logits }, data.validation.targets);
      await into.write(file, copy);
      files.push({ file, precision, bytes: copy.length, validationScore: value, ...about });
    } else {
      // Of an earlier run: it would be another model's.
      await into.remove(file);
    }
  }
  return files;
}

/**
 * Writes what describes the model, in the layout that transformers.js reads, as far as the modality has one. `taskhead.json`
 * comes last, with the checksums of the others.
 */
async function writeModelFolder<Source>(
  { store, modality, data, outputs }: Job<Source>,
  into: ModelFolder,
  {
    version,
    ...chosen
  }: { tau: unknown; epoch: number; validationScore: number; version: string; files: ExportedFile[] },
): Promise<void> {
  const { objective } = data;
  for (const [name, content] of Object.entries(modality.servedFiles({ objective, outputs })))
    await into.write(`${folder}/${name}`, new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`));
  await writeJson(store.within(folder), "taskhead.json", {
    taskhead: version,
    modality: modality.name,
    objective: objective.name,
    outputs,
    ...chosen,
    checksums: into.checksums,
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

/** The score on the test samples that occur in no other set; null where those are all of them, or have no score. */
function unseenScore<Source>(job: Job<Source>, { logits, samples }: Scored): BestRun["unseenTest"] {
  const { objective } = job.data;
  const unseen = duplicatesOf(job)?.unseenTest;
  if (!unseen || unseen.length === 0 || unseen.length === samples.count) return null;
  const own = { logits: rows(logits, objective.outputs, unseen) };
  const score = objective.score(own, pickTargets(samples.targets, unseen)).value;
  return Number.isFinite(score) ? { count: unseen.length, score } : null;
}

function classesOf({ logits, samples }: Scored, { outputs: k }: Objective, names: readonly string[]) {
  const confusion = confusionOf(argmax(logits, k), samples.targets.data, k);
  const classes = classCounts(confusion).map((counts, c) => ({ label: names[c]!, ...counts }));
  return { confusion, classes };
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
