/** The gradient rules: operator → rule, one file per family. */
import { convolution } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import { indexing } from "./indexing.js";
import { linear } from "./linear.js";
import { movement } from "./movement.js";
import { normalization } from "./normalization.js";
import { pooling } from "./pooling.js";
import { reduction } from "./reduction.js";
import type { GradientRule, GradientRules } from "./rule.js";

const standard: GradientRules = {
  ...elementwise,
  ...linear,
  ...convolution,
  ...normalization,
  ...pooling,
  ...reduction,
  ...movement,
  ...indexing,
};

/** The rule of an operator, if it has one. */
export function gradientRule(opType: string, domain = ""): GradientRule | undefined {
  return domain === "" && Object.hasOwn(standard, opType) ? standard[opType] : undefined;
}

/** Whether gradients pass through an operator. */
export function isDifferentiable(opType: string, domain = ""): boolean {
  return domain === "" && (Object.hasOwn(standard, opType) || absorbed.has(opType));
}

/** Operators that are folded away or rewritten before differentiation. */
const absorbed = new Set(["Constant", "Dropout"]);

/** The standard operators that gradients pass through, sorted. */
export function supportedOperators(): string[] {
  return [...Object.keys(standard), ...absorbed].sort();
}

export type { Gradient, GradientRule, GradientRules, RuleContext } from "./rule.js";
