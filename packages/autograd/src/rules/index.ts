/** The gradient rules: operator → rule, one file per family. */
import { operatorName } from "../graph/model.js";
import type { EngineName } from "../options.js";
import { rewrites } from "../lower/rewrites/index.js";
import { sequenceOperators } from "../lower/sequences.js";
import { nchwc } from "./blocked/layout.js";
import { blocked } from "./blocked/index.js";
import { convolution } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import { indexing } from "./indexing.js";
import { fused, linear } from "./linear.js";
import { movement } from "./movement.js";
import { normalization } from "./normalization.js";
import { pooling } from "./pooling.js";
import { recurrent } from "./recurrent.js";
import { reduction } from "./reduction.js";
import { resampling } from "./resampling.js";
import type { GradientRule, GradientRules } from "./rule.js";
import { webgpu } from "./webgpu.js";

const families = {
  elementwise,
  linear,
  convolution,
  normalization,
  pooling,
  reduction,
  movement,
  resampling,
  indexing,
  recurrent,
};

const standard: GradientRules = Object.assign({}, ...Object.values(families)) as GradientRules;

const tables: Readonly<Record<string, GradientRules>> = { "": standard, "com.microsoft": fused, [nchwc]: blocked };

/** Rules that take the place of the standard ones on an engine. */
const variants: Readonly<Partial<Record<EngineName, GradientRules>>> = { webgpu };

/** The rule of an operator for an engine, if it has one. */
export function gradientRule(opType: string, domain = "", engine: EngineName = "cpu"): GradientRule | undefined {
  const table = domain === "" ? { ...standard, ...variants[engine] } : (tables[domain] ?? {});
  return Object.hasOwn(table, opType) ? table[opType] : undefined;
}

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
  const contributed = Object.keys(fused).map((name) => ({ name: `com.microsoft.${name}`, family: "linear" }));
  const rest = [...absorbed].map((name) => ({
    name,
    family: Object.hasOwn(rewrites, name) ? "rewritten" : "folded away",
  }));
  return [...ruled, ...contributed, ...rest].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The names of the operators that gradients pass through, sorted. */
export function supportedOperators(): string[] {
  return operatorTable().map((o) => o.name);
}

export type { Gradient, GradientRule, GradientRules, RuleContext } from "./rule.js";
