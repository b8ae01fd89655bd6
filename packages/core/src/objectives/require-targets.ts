import { targetCount, type Targets } from "../data/targets.js";
import type { Objective } from "./objective.js";

/**
 * @param set whose they are, for the message: `training`
 * @throws {Error} unless an objective can learn these targets, with the first that it cannot
 */
export function requireTargets(objective: Objective, samples: { count: number; targets: Targets }, set: string): void {
  const { targets, count } = samples;
  if (targetCount(targets) !== count)
    throw new Error(`the ${set} set has ${count} samples, but targets of ${targetCount(targets)}; give a row for each`);
  const wrong = objective.refuses(targets);
  if (wrong !== undefined) throw new Error(`the ${set} targets do not fit ${objective.name}: ${wrong}`);
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
