import { DataError } from "../given/errors.js";
import { targetCount, unitCount, type Targets } from "../data/targets.js";
import type { Objective, ObjectiveName } from "./objective.js";

/**
 * @param set whose they are, for the message: `training`
 * @throws {DataError} unless an objective can learn these targets, with the first that it cannot
 */
export function requireTargets(objective: Objective, samples: { count: number; targets: Targets }, set: string): void {
  const { targets, count } = samples;
  if (targetCount(targets) !== count)
    throw new DataError(
      `the ${set} set has ${count} samples, but targets of ${targetCount(targets)}; give a row for each`,
    );
  const wrong = objective.refuses(targets);
  if (wrong !== undefined) throw new DataError(`the ${set} targets do not fit ${objective.name}: ${wrong}`);
}

/** @throws {DataError} as `requireTargets`, and unless there is something to learn among them */
export function requireLearnable(objective: Objective, samples: { count: number; targets: Targets }): void {
  requireTargets(objective, samples, "training");
  const { data } = samples.targets;
  const known =
    data instanceof Float32Array ? data.some((y) => !Number.isNaN(y)) : objective.weight(samples.targets) > 0;
  if (!known) throw new DataError("none of the training targets is known or counts; give some that are");
}

/** Why there is no score, whatever is predicted. */
const unscored: Record<ObjectiveName, string> = {
  classification: "there is nothing to classify",
  "multi-label": "no label is known to be yes for one and no for another",
  regression: "no number has two values that differ",
  "token-classification": "no word is part of an entity",
  segmentation: "no place counts",
};

function unscoredBy({ name, metric }: Objective): string {
  return metric.name === "ROC-AUC" ? "all are of one class" : unscored[name];
}

/**
 * @param set whose targets they are, for the message: `validation`
 * @throws {DataError} if the objective has no score on these targets, so that nothing can be chosen by it
 */
export function requireScore(objective: Objective, { targets }: { targets: Targets }, set: string): void {
  const count = targetCount(targets);
  if (count === 0) throw new DataError(`the ${set} set has no samples; give more`);
  if (objective.isScored ? objective.isScored(targets) : hasScore(objective, targets)) return;
  throw new DataError(
    `the ${set} set has no ${objective.metric.name}: among its ${count} samples ${unscoredBy(objective)}; give more samples`,
  );
}

function hasScore(objective: Objective, targets: Targets): boolean {
  const logits = new Float32Array(unitCount(targets) * objective.outputs);
  return Number.isFinite(objective.score({ logits }, targets).value);
}

/**
 * What is wrong with targets that should be k numbers a sample.
 * @param allowed whether it may be one of them, besides NaN
 * @param wanted what they should be, in words
 */
export function wrongNumbers(
  { data, shape }: Targets,
  outputs: number,
  allowed: (value: number) => boolean,
  wanted: string,
): string | undefined {
  if (!(data instanceof Float32Array))
    return `they are class indices; give ${outputs} numbers a sample (numberTargets)`;
  if (shape.length !== 1 || shape[0] !== outputs)
    return `a sample has [${shape.join(", ")}] of them, the objective ${outputs}; make both the same`;
  const at = data.findIndex((value) => !Number.isNaN(value) && !allowed(value));
  return at < 0
    ? undefined
    : `sample ${Math.floor(at / outputs)} has ${data[at]} in place ${at % outputs}; give ${wanted}`;
}
