import { targetCount, type Targets } from "../data/targets.js";
import type { Objective } from "./objective.js";

/** An output of which a set of samples says too little. */
export interface Gap {
  readonly set: "training" | "validation" | "test";
  /** The class, label or number. */
  readonly output: string;
  /** What would have to be there: a sample of the class; one with the label and one without; two numbers that differ. */
  readonly lacks: "samples" | "yes" | "no" | "variety";
  /** Of a class: how many training samples it has. */
  readonly trained?: number;
}

/**
 * The outputs that cannot be learned from these targets, or be judged by them.
 * @param outputs names, [k]
 * @param train the targets that are learned from, where these are not
 */
export function gapsOf(
  { name }: Pick<Objective, "name">,
  targets: Targets,
  outputs: readonly string[],
  set: Gap["set"],
  train: Targets = targets,
): Gap[] {
  if (name === "classification" || name === "token-classification" || name === "segmentation") {
    const [own, trained] = [countsOf(targets, outputs.length), countsOf(train, outputs.length)];
    return outputs.flatMap((output, c): Gap[] =>
      own[c] === 0 ? [{ set, output, lacks: "samples", trained: trained[c]! }] : [],
    );
  }
  return outputs.flatMap((output, i): Gap[] => {
    const lacks = lack(name, valuesOf(targets, outputs.length, i));
    return lacks ? [{ set, output, lacks }] : [];
  });
}

/** How many samples, or places of a map, each class has. */
function countsOf({ data }: Targets, classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0);
  for (const label of data) if (label >= 0) counts[label]!++;
  return counts;
}

/** The different values of one output; those that are not known left out. */
function valuesOf(targets: Targets, outputs: number, output: number): Set<number> {
  const values = new Set<number>();
  for (let n = 0; n < targetCount(targets); n++) values.add(targets.data[n * outputs + output]!);
  values.delete(NaN);
  return values;
}

function lack(objective: "multi-label" | "regression", values: ReadonlySet<number>): Gap["lacks"] | undefined {
  if (objective === "regression") return values.size < 2 ? "variety" : undefined;
  return !values.has(1) ? "yes" : !values.has(0) ? "no" : undefined;
}
