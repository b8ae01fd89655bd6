import type { Action, Advice, Part, RuleId, RuleNumbers, Section } from "./advice.js";
import type { Facts } from "./facts.js";

/** A condition on the facts, and what there is to say where it holds. */
export interface RuleOf<Id extends RuleId> {
  readonly id: Id;
  /** Where the method says so. */
  readonly source: Section;
  when(facts: Facts): boolean;
  numbers(facts: Facts): RuleNumbers[Id];
  action?(facts: Facts): Action;
}

export type Rule = { [Id in RuleId]: RuleOf<Id> }[RuleId];

/** What a rule says of the facts; nothing where its condition does not hold. */
export function apply(rule: Rule, part: Part, facts: Facts): Advice[] {
  if (!rule.when(facts)) return [];
  const { id, source } = rule;
  const action = rule.action?.(facts);
  // Name and numbers come from one rule, which the type of the union no longer knows.
  return [{ rule: id, part, source, ...(action ? { action } : {}), numbers: rule.numbers(facts) } as Advice];
}
