import { noneKnown, targetsForModel } from "../data/classes/terms.js";
import type { Answering } from "../data/serving.js";
import type { Graph } from "./graph.js";
import { termsOf, type GraphSource } from "./graph-source.js";

/** Samples to score a model on, and what the file has that the model does not know. */
export interface LabelledGraphs<Sample extends string | Graph> {
  /** In terms of the model's outputs. */
  readonly source: GraphSource<Sample>;
  /** Classes and labels that are none of the model's, and how many samples have them. */
  readonly unknown: readonly { label: string; samples: number }[];
}

/**
 * Samples in terms of a model that is trained already. They may lack classes that the model has; what they have besides is
 * told: samples of such a class are left out, such a label is passed over.
 * @throws {UserError} if none is left
 */
export function labelledFor<Sample extends string | Graph>(
  { outputs }: Pick<Answering, "outputs">,
  source: GraphSource<Sample>,
): LabelledGraphs<Sample> {
  const own = source.rows.map(({ target }) => target);
  const { targets, unknown } = targetsForModel(outputs, termsOf(source), own);
  const rows = source.rows.flatMap((row, i) => (targets[i] === undefined ? [] : [{ ...row, target: targets[i] }]));
  if (rows.length === 0) throw noneKnown(source.noun, source.path, termsOf(source), outputs);
  return { source: { ...source, outputs, rows }, unknown };
}
