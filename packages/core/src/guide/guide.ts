import type { Advice } from "./advice.js";
import type { Evidence } from "./evidence.js";
import { factsOf, type Regime } from "./facts.js";
import { apply } from "./rule.js";
import { rules } from "./rules/index.js";

export interface Guide {
  regime: Regime | null;
  /** In the order of the rules. */
  advice: Advice[];
}

/**
 * When to use what (Ren et al. 2023, section 4): which regime a task is in, on what evidence, what was chosen, and what to
 * try next. The same evidence gives the same advice, as rules, actions and numbers; words are for whoever shows them.
 * @param tunings at least one; several must differ in their seed alone, and are averaged
 */
export function guide(tunings: readonly Evidence[]): Guide {
  const facts = factsOf(tunings);
  if (!facts) return { regime: null, advice: [nothingFinished] };
  const advice = rules.flatMap(({ part, of }) => of.flatMap((rule) => apply(rule, part, facts)));
  return { regime: facts.regime, advice };
}

const nothingFinished: Advice = {
  rule: "nothing-finished",
  part: "next",
  source: "The rate confounds tau",
  numbers: {},
};
