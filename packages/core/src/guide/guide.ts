import type { Evidence } from "./evidence.js";
import { factsOf, type Regime } from "./facts.js";
import type { Part, Section } from "./rule.js";
import { rules } from "./rules/index.js";

export interface Advice {
  /** The rule that spoke. */
  rule: string;
  part: Part;
  /** One or two sentences in plain words. */
  text: string;
  /** The section of docs/guide.md that it follows. */
  source: Section;
}

export interface Guide {
  regime: Regime | null;
  /** In the order of the rules. */
  advice: Advice[];
}

/**
 * When to use what (Ren et al. 2023, section 4): which regime a task is in, on what evidence, what was chosen, and what to
 * try next. The same evidence gives the same words.
 * @param tunings at least one; several must differ in their seed alone, and are averaged
 */
export function guide(tunings: readonly Evidence[]): Guide {
  const facts = factsOf(tunings);
  if (!facts) return { regime: null, advice: [nothingFinished] };
  const advice = rules.flatMap(({ part, of }) =>
    of
      .filter((rule) => rule.when(facts))
      .map(({ id, source, says }): Advice => ({ rule: id, part, text: says(facts), source })),
  );
  return { regime: facts.regime, advice };
}

const nothingFinished: Advice = {
  rule: "nothing-finished",
  part: "next",
  text: "No tau was fine-tuned to the end, or none in every run, so there is nothing to compare probing with. Where runs diverged, use a lower rate (--lr auto finds one); where only the head was trained (--method lp), fine-tune as well; where runs of several seeds have no tau in common, give them the same --taus.",
  source: "The rate confounds tau",
};
