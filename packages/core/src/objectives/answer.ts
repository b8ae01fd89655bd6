import { sigmoid, softmax } from "./logits.js";
import type { ObjectiveName } from "./objective.js";

/** A class or a label, and how likely it is. */
export interface Likely {
  readonly label: string;
  readonly probability: number;
}

/** What a model says of one sample, for people: one of these by what it has learnt. */
export interface Answer {
  /** All classes, the likeliest first. */
  readonly classes?: readonly Likely[];
  /** Of several labels, each yes or no: all, in the model's order. */
  readonly labels?: readonly Likely[];
  /** Of a regression, in the user's unit. */
  readonly numbers?: readonly { readonly name: string; readonly value: number }[];
}

/**
 * What the logits of one sample, [k], mean.
 * @param model what it has learnt, and what each logit stands for
 */
export function answerOf(
  { objective, outputs }: { readonly objective: ObjectiveName; readonly outputs: readonly string[] },
  logits: ArrayLike<number>,
): Answer {
  if (objective === "regression") return { numbers: outputs.map((name, i) => ({ name, value: logits[i]! })) };
  const several = objective === "multi-label";
  const probabilities = several ? sigmoid(logits) : softmax(logits, logits.length);
  const all = Array.from(probabilities, (probability, i): Likely => ({ label: outputs[i] ?? String(i), probability }));
  return several ? { labels: all } : { classes: byProbability(all) };
}

/** The likeliest first. @param top so many of them. Default: all */
export function byProbability(all: readonly Likely[], top = all.length): Likely[] {
  return all.toSorted((a, b) => b.probability - a.probability).slice(0, top);
}
