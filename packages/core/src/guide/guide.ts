import type { Advice, Part } from "./advice.js";
import type { Asked } from "./asked.js";
import { combine } from "./combine.js";
import type { Evidence } from "./evidence.js";
import { factsOf } from "./facts.js";
import { probedFactsOf, type Regime } from "./probed.js";
import { apply } from "./rule.js";
import { probedRules, rules } from "./rules/index.js";

export interface Guide {
  /** What fine-tuning showed; null where it leaves several open, or there was none. */
  regime: Regime | null;
  /** What probing alone makes likely, one or several; empty where it was not measured. */
  suggested: Regime[];
  /** In the order of the rules. */
  advice: Advice[];
}

/**
 * When to use what, after Ren et al. 2023: which regime a task is in, on what evidence, what was chosen, and what to try
 * next. Where nothing was fine-tuned, it says what probing alone makes likely. The same evidence gives the same advice, as
 * rules, actions and numbers; words are for whoever shows them.
 * @param tunings at least one; several must differ in their seed alone, and are averaged
 */
export function guide(tunings: readonly Evidence[]): Guide {
  const combined = combine(tunings);
  const { runs: _, ...measured } = combined;
  const before = probedFactsOf(measured);
  const suggested = before?.suggested ?? [];
  const facts = factsOf(combined);
  if (facts) return { regime: facts.regime, suggested, advice: rulesOn(rules, facts) };
  if (before && tunings.every(({ runs }) => runs.length === 0))
    return { regime: null, suggested, advice: rulesOn(probedRules, before) };
  return { regime: null, suggested, advice: [nothingFinished] };
}

function rulesOn<Known extends { asked: Asked }>(
  all: readonly { part: Part; of: readonly Parameters<typeof apply<Known>>[0][] }[],
  facts: Known,
): Advice[] {
  return all.flatMap(({ part, of }) => of.flatMap((rule) => apply<Known>(rule, part, facts)));
}

const nothingFinished: Advice = {
  rule: "nothing-finished",
  part: "next",
  source: "The rate confounds tau",
  numbers: {},
};
