/** The gradient rules: operator → rule, one file per family. */
import type { EngineName } from "../engines.js";
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

/** Family → operator → rule, the standard operators. */
export const families: Readonly<Record<string, GradientRules>> = {
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

/** Rules of operators that ONNX Runtime adds. */
export const contributed: GradientRules = fused;

const tables: Readonly<Record<string, GradientRules>> = {
  "": standard,
  "com.microsoft": contributed,
  [nchwc]: blocked,
};

/** Rules that take the place of the standard ones on an engine. */
const variants: Readonly<Partial<Record<EngineName, GradientRules>>> = { webgpu };

/** The rule of an operator for an engine, if it has one. */
export function gradientRule(opType: string, domain = "", engine: EngineName = "cpu"): GradientRule | undefined {
  const table = domain === "" ? { ...standard, ...variants[engine] } : (tables[domain] ?? {});
  return Object.hasOwn(table, opType) ? table[opType] : undefined;
}

export type { Gradient, GradientRule, GradientRules, RuleContext } from "./rule.js";
