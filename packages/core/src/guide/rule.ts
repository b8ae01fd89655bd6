import type { Advice, Change, Part, RuleId, RuleNumbers, Section } from "./advice.js";
import type { Asked } from "./asked.js";
import { beside } from "./beside.js";
import type { Facts } from "./facts.js";
import type { ProbedFacts } from "./probed.js";

/** A condition on the facts, and what there is to say where it holds. */
export interface RuleOf<Id extends RuleId, Known = Facts> {
  readonly id: Id;
  /** Where the method says so. */
  readonly source: Section;
  when(facts: Known): boolean;
  numbers(facts: Known): RuleNumbers[Id];
  action?(facts: Known): Change;
}

/** On what fine-tuning showed. */
export type Rule = { [Id in RuleId]: RuleOf<Id> }[RuleId];

/** On what probing alone shows. */
export type ProbedRule = { [Id in RuleId]: RuleOf<Id, ProbedFacts> }[RuleId];

/** What a rule says of the facts; nothing where its condition does not hold. */
export function apply<Known extends { asked: Asked }>(
  rule: { [Id in RuleId]: RuleOf<Id, Known> }[RuleId],
  part: Part,
  facts: Known,
): Advice[] {
  if (!rule.when(facts)) return [];
  const { id, source } = rule;
  const change = rule.action?.(facts);
  const action = change && beside(change, facts.asked);
  // Name and numbers come from one rule, which the type of the union no longer knows.
  return [{ rule: id, part, source, ...(action ? { action } : {}), numbers: rule.numbers(facts) } as Advice];
}
