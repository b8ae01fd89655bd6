import { scaleOf, standardised, type Objective, type Targets } from "@taskhead/core";
import {
  beginTask,
  calibration,
  hardestSamples,
  metered,
  objectiveOf,
  requireScore,
  resultsByOutput,
  scoreInterval,
  warn,
} from "@taskhead/core/internals";
import type { LabelPlaces } from "../data/kind.js";
import type { Listener } from "../data/listener.js";
import { mostTold } from "../data/told.js";
import { packageVersion } from "../files/version.js";
import type { Evaluation } from "../report/evaluation/index.js";
import type { Picture } from "../report/index.js";
import type { TuneOptions } from "../options/table.js";
import { plain, plural } from "../words/format.js";
import type { ExportedModel } from "./exported-model.js";
import type { Caller } from "./tune.js";

/** As many samples as one can look through. */
const mostHard = 24;

/**
 * Scores an exported model on labelled samples.
 * @throws {UserError} if there is nothing to score it on
 */
export async function evaluate(
  model: ExportedModel,
  path: string,
  { device, ...places }: LabelPlaces & Partial<Pick<TuneOptions, "device">>,
  { onProgress, signal, commandLine }: Caller,
): Promise<{ evaluation: Evaluation; pictures: Picture[] }> {
  const { serving, sample } = model.kind;
  const found = await serving.labelled(model, path, places);
  for (const text of found.skipped) warn(onProgress, `skipped ${text}`);
  for (const text of found.notes) warn(onProgress, text);
  for (const { label, samples } of found.unknown.slice(0, mostTold))
    warn(
      onProgress,
      model.objective === "classification"
        ? `left out ${plain(plural(samples, sample))} of class '${label}', which the model does not know`
        : `passed over label '${label}' of ${plain(plural(samples, sample))}, which the model does not know`,
    );
  if (found.unknown.length > mostTold)
    warn(onProgress, `${found.unknown.length - mostTold} more that the model does not know, as --json tells`);
  const { logits, answered, skipped } = await answersTo(model, found.items, device, { onProgress, signal });
  const targets = found.targets(answered);
  const { objective, ...scored } = inOneUnit(model, logits, targets);
  requireScore(objective, scored, "evaluation");
  const { value, contributions } = objective.score(scored, scored.targets);
  const items = answered.map((i) => found.items[i]!);
  const hardest = hardestSamples(scored, objective, mostHard);
  const evaluation: Evaluation = {
    taskheadVersion: packageVersion(),
    createdAt: new Date().toISOString(),
    command: commandLine,
    model: model.folder,
    data: {
      sample,
      objective: objective.name,
      outputs: [...model.outputs],
      path,
      count: answered.length,
      skipped: skipped + found.refused,
      unknown: [...found.unknown],
    },
    metric: objective.metric,
    score: value,
    interval: scoreInterval(
      { score: value, contributions: contributions ?? null },
      { metric: objective.metric, samples: answered.length },
    ),
    ...resultsByOutput(
      { meter: metered(objective, scored, scored.targets), samples: scored },
      objective,
      model.outputs,
    ),
    calibration: objective.name === "classification" ? calibration(logits, targets.data, objective.outputs) : null,
    hardest: hardest.map((one) => ({ ...one, [sample]: serving.nameOf(items[one.index]!) })),
  };
  const shown = await serving.shown(
    hardest.map((one) => items[one.index]!),
    path,
  );
  return { evaluation, pictures: shown.map((one, i) => ({ index: hardest[i]!.index, ...one })) };
}

/** The logits of all samples that can be read, [N, k], and which those are. */
async function answersTo(
  model: ExportedModel,
  items: readonly unknown[],
  device: TuneOptions["device"] | undefined,
  { onProgress, signal }: Listener,
): Promise<{ logits: Float32Array; answered: number[]; skipped: number }> {
  const { length: k } = model.outputs;
  const { serving, name } = model.kind;
  const rows: (Float32Array | undefined)[] = items.map(() => undefined);
  const served = await model.open(device);
  const task = beginTask(onProgress, name, items.length, name);
  let skipped = 0;
  try {
    await served.answer(items, {
      onAnswer: (i, own) => (rows[i] = own.slice()),
      onSkip: (i, reason) =>
        void (++skipped <= mostTold && warn(onProgress, `skipped ${serving.nameOf(items[i])}: ${reason}`)),
      onProgress: (done) => task.update(done),
      signal,
    });
  } finally {
    task.end();
    await served.release();
  }
  if (skipped > mostTold) warn(onProgress, `skipped ${skipped - mostTold} more`);
  const answered = rows.flatMap((own, i) => (own ? [i] : []));
  const logits = new Float32Array(answered.length * k);
  answered.forEach((i, n) => logits.set(rows[i]!, n * k));
  return { logits, answered, skipped };
}

/** Numbers of several units are made comparable by how they vary among these images, where all of them are known. */
function inOneUnit(
  { objective: task, outputs }: Pick<ExportedModel, "objective" | "outputs">,
  logits: Float32Array,
  targets: Targets,
): { objective: Objective; logits: Float32Array; targets: Targets } {
  const k = outputs.length;
  const known = outputs.every((_, j) => targets.data.some((y, i) => i % k === j && !Number.isNaN(y)));
  if (task !== "regression" || !known) return { objective: objectiveOf({ task }, k), logits, targets };
  const { mean, deviation } = scaleOf(targets);
  return {
    objective: objectiveOf({ task }, k, { targets }),
    logits: logits.map((q, i) => (q - mean[i % k]!) / deviation[i % k]!),
    targets: standardised(targets, { mean, deviation }),
  };
}
