import type { Samples } from "../data/samples.js";
import { classCounts, confusionOf } from "../measures/confusion.js";
import { argmax } from "../objectives/logits.js";
import { KeepingMeter } from "../objectives/meter.js";
import type { Meter, Objective } from "../objectives/objective.js";
import type { BestRun, OutputResult } from "./results.js";

/** What samples got, and what they should have got. */
export interface Answers {
  meter: Meter;
  samples: Pick<Samples, "targets">;
}

/** What a set's score is made of, class by class or output by output. */
export function resultsByOutput(
  scored: Answers,
  objective: Objective,
  names: readonly string[],
): BestRun["onTest"] & object {
  const { meter, samples } = scored;
  const kept = meter instanceof KeepingMeter ? meter.outputs() : undefined;
  const classes =
    objective.name === "classification" && kept ? classesOf(kept.logits, samples, objective, names) : null;
  const kinds = (kept && objective.classes?.(kept, samples.targets)) ?? null;
  return {
    classes: classes ? classes.classes : kinds && [...kinds],
    confusion: classes && classes.confusion,
    outputs: outputResults(scored, objective, names),
  };
}

function classesOf(
  logits: Float32Array,
  samples: Answers["samples"],
  { outputs: k }: Objective,
  names: readonly string[],
) {
  const confusion = confusionOf(argmax(logits, k), samples.targets.data, k);
  const classes = classCounts(confusion).map((counts, c) => ({ label: names[c]!, ...counts }));
  return { confusion, classes };
}

/** Label by label, number by number, or of maps class by class; null for classes, which are told by their confusions. */
function outputResults(scored: Answers, objective: Objective, names: readonly string[]): OutputResult[] | null {
  const each = scored.meter.each();
  if (!each) return null;
  return each.map(({ value, measured, error }, i) => ({
    name: names[i]!,
    measured,
    score: Number.isFinite(value) ? value : null,
    error: error === undefined ? null : error * (objective.scale?.deviation[i] ?? 1),
  }));
}
