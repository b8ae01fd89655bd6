import { SettingError } from "./errors.js";
import type { ClassWeights } from "./kinds.js";

/**
 * The weights of classes or labels in the order of their names, [k]; `balanced` stays, as it needs the targets.
 * @throws {SettingError} unless each of the names has a weight, and nothing else
 */
export function weightsInOrder(weights: ClassWeights, names: readonly string[]): readonly number[] | "balanced" {
  if (weights === "balanced") return weights;
  const missing = names.find((name) => !Object.hasOwn(weights, name));
  if (missing !== undefined) throw wrong(`has no weight for class '${missing}'`);
  const unknown = Object.keys(weights).find((name) => !names.includes(name));
  if (unknown !== undefined) throw wrong(`has a weight for '${unknown}', which is no class`);
  return names.map((name) => weights[name]!);
}

function wrong(problem: string): SettingError {
  return new SettingError("classWeights", (named) => `${named("classWeights")} ${problem}; give each class a weight`);
}
