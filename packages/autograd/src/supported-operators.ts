import { operatorName } from "./graph/model.js";
import { rewrites } from "./lower/rewrites/index.js";
import { sequenceOperators } from "./lower/sequences.js";
import { contributed, families, gradientRule } from "./rules/index.js";

/** Whether gradients pass through an operator. */
export function isDifferentiable(opType: string, domain = ""): boolean {
  return gradientRule(opType, domain) !== undefined || absorbed.has(operatorName({ opType, domain }));
}

/** Operators that are folded away or rewritten before differentiation. */
const absorbed = new Set([
  "Constant",
  "Dropout",
  "CastLike",
  "If",
  "Scatter",
  "Upsample",
  ...sequenceOperators,
  ...Object.keys(rewrites),
]);

/** How an operator gets its gradient: by a rule of a family, by being rewritten, or by being folded away. */
export interface SupportedOperator {
  /** Standard operators plainly, others with their domain: `com.microsoft.Gelu`. */
  readonly name: string;
  readonly family: string;
}

/** The operators that gradients pass through, sorted by name. */
export function operatorTable(): SupportedOperator[] {
  const ruled = Object.entries(families).flatMap(([family, rules]) =>
    Object.keys(rules).map((name) => ({ name, family })),
  );
  const added = Object.keys(contributed).map((name) => ({ name: `com.microsoft.${name}`, family: "linear" }));
  // Some are rewritten in one form, and have a rule for the others.
  const rest = [...absorbed]
    .filter((name) => !ruled.some((one) => one.name === name))
    .map((name) => ({ name, family: Object.hasOwn(rewrites, name) ? "rewritten" : "folded away" }));
  return [...ruled, ...added, ...rest].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The names of the operators that gradients pass through, sorted. */
export function supportedOperators(): string[] {
  return operatorTable().map((o) => o.name);
}
