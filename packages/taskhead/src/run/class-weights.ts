import { balancedWeights } from "@taskhead/core";
import { weightsInOrder, type ClassWeights } from "@taskhead/core/settings";
import { withFlags } from "../options/command-line.js";
import { optionTable } from "../options/table.js";

/**
 * The weights that `--class-weights` gives, in the order of `classes`; `balanced` is settled once the labels are known.
 * @throws {UserError} unless every class, and nothing else, has a weight
 */
export function readClassWeights(weights: ClassWeights, classes: readonly string[]): readonly number[] | "balanced" {
  return withFlags(optionTable, () => weightsInOrder(weights, classes));
}

/** The weight of each class in the training loss, [k]. */
export function settle(
  weights: readonly number[] | "balanced",
  labels: ArrayLike<number>,
  classes: number,
): readonly number[] {
  return weights === "balanced" ? balancedWeights(labels, classes) : weights;
}
