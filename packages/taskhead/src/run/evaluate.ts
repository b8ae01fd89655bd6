import { join } from "node:path";
import { scaleOf, standardised, type Objective, type Targets } from "@taskhead/core";
import {
  beginTask,
  calibration,
  hardestSamples,
  objectiveOf,
  requireScore,
  resultsByOutput,
  scoreInterval,
  warn,
} from "@taskhead/core/internals";
import { packageVersion } from "../files/version.js";
import { targetsOf } from "../images/image-source.js";
import { labelledFor, type LabelPlaces } from "../images/labelled-for.js";
import { leftOutLines, mostTold, refusedRows } from "../images/told.js";
import type { Evaluation } from "../report/evaluation/index.js";
import type { Picture } from "../report/index.js";
import type { TuneOptions } from "../options/table.js";
import { plain, plural } from "../words/format.js";
import { answerAll } from "./answers.js";
import type { Listener } from "./listener.js";
import type { ExportedModel } from "./exported-model.js";
import { thumbnails } from "./pictures.js";
import type { Caller } from "./tune.js";

/** As many samples as one can look through. */
const mostHard = 24;

/**
 * Scores an exported model on labelled images.
 * @throws {UserError} if there is nothing to score it on
 */
export async function evaluate(
  model: ExportedModel,
  dir: string,
  { device, ...places }: LabelPlaces & Partial<Pick<TuneOptions, "device">>,
  { onProgress, signal, commandLine }: Caller,
): Promise<{ evaluation: Evaluation; pictures: Picture[] }> {
  const { source, unknown } = await labelledFor(model, dir, places);
  for (const text of refusedRows(source)) warn(onProgress, `skipped ${text}`);
  for (const text of [...source.notes, ...leftOutLines(source.leftOut ?? [])]) warn(onProgress, text);
  for (const { label, images } of unknown.slice(0, mostTold))
    warn(
      onProgress,
      source.task === "classification"
        ? `left out ${plain(plural(images, "image"))} of class '${label}', which the model does not know`
        : `passed over label '${label}' of ${plain(plural(images, "image"))}, which the model does not know`,
    );
  if (unknown.length > mostTold)
    warn(onProgress, `${unknown.length - mostTold} more that the model does not know, as --json tells`);
  const all = source.files.map(({ path }) => join(dir, path));
  const { logits, answered, skipped } = await answersTo(model, all, device, { onProgress, signal });
  const targets = targetsOf(
    source,
    answered.map((i) => source.files[i]!),
  );
  const { objective, ...scored } = inOneUnit(model, logits, targets);
  requireScore(objective, scored, "evaluation");
  const { value, contributions } = objective.score(scored, scored.targets);
  const files = answered.map((i) => all[i]!);
  const hardest = hardestSamples(scored, objective, mostHard);
  const evaluation: Evaluation = {
    taskheadVersion: packageVersion(),
    createdAt: new Date().toISOString(),
    command: commandLine,
    model: model.folder,
    data: {
      sample: "image",
      objective: objective.name,
      outputs: model.outputs,
      path: dir,
      count: answered.length,
      skipped: skipped + source.refused.length,
      unknown,
    },
    metric: objective.metric,
    score: value,
    interval: scoreInterval(
      { score: value, contributions: contributions ?? null },
      { metric: objective.metric, samples: answered.length },
    ),
    ...resultsByOutput({ logits: scored.logits, samples: scored }, objective, model.outputs),
    calibration: objective.name === "classification" ? calibration(logits, targets.data, objective.outputs) : null,
    hardest: hardest.map((one) => ({ ...one, image: files[one.index]! })),
  };
  return { evaluation, pictures: await thumbnails(hardest, files, dir) };
}

/** The logits of all files that can be read, [N, k], and which those are. */
async function answersTo(
  model: ExportedModel,
  files: readonly string[],
  device: TuneOptions["device"] | undefined,
  { onProgress, signal }: Listener,
): Promise<{ logits: Float32Array; answered: number[]; skipped: number }> {
  const { length: k } = model.outputs;
  const rows: (Float32Array | undefined)[] = files.map(() => undefined);
  const served = await model.open(device);
  const task = beginTask(onProgress, "images", files.length, "images");
  let skipped = 0;
  try {
    await answerAll(served, files, {
      onAnswer: (i, own) => (rows[i] = own.slice()),
      onSkip: (i, reason) => void (++skipped <= mostTold && warn(onProgress, `skipped ${files[i]}: ${reason}`)),
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
