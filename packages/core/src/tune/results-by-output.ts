import type { Samples } from "../data/samples.js";
import { classCounts, confusionOf } from "../measures/confusion.js";
import { argmax } from "../objectives/logits.js";
import type { Objective } from "../objectives/objective.js";
import type { BestRun, OutputResult } from "./results.js";

/** What samples got, and what they should have got. */
export interface Answers {
  logits: Float32Array;
  samples: Pick<Samples, "targets">;
}

/** What a set's score is made of, class by class or output by output. */
export function resultsByOutput(
  scored: Answers,
  objective: Objective,
  names: readonly string[],
): BestRun["onTest"] & object {
  const classes = objective.name === "classification" ? classesOf(scored, objective, names) : null;
  const kinds = objective.classes?.(scored, scored.samples.targets) ?? null;
  return {
    classes: classes ? classes.classes : kinds && [...kinds],
    confusion: classes && classes.confusion,
    outputs: outputResults(scored, objective, names),
  };
}

function classesOf({ logits, samples }: Answers, { outputs: k }: Objective, names: readonly string[]) {
  const confusion = confusionOf(argmax(logits, k), samples.targets.data, k);
  const classes = classCounts(confusion).map((counts, c) => ({ label: names[c]!, ...counts }));
  return { confusion, classes };
}

/** Label by label, or number by number; null for classes, which are told by their confusions. */
function outputResults(scored: Answers, objective: Objective, names: readonly string[]): OutputResult[] | null {
  const each = objective.each?.(scored, scored.samples.targets);
  if (!each) return null;
  return each.map(({ value, measured, error }, i) => ({
    name: names[i]!,
    measured,
    score: Number.isFinite(value) ? value : null,
    error: error === undefined ? null : error * (objective.scale?.deviation[i] ?? 1),
  }));
}
