import type { GraphBuilder, Value } from "../builder.js";
import type { Node } from "../graph/model.js";

/** What a gradient rule sees of a node y = f(x₀, x₁, …), given the loss's gradient with respect to y. */
export interface RuleContext {
  readonly b: GraphBuilder;
  readonly node: Node;
  readonly x: readonly Value[];
  readonly y: Value;
  /** ∂loss/∂y of the first output. */
  readonly dy: Value;
  /** ∂loss/∂y of every output; undefined where the loss does not depend on it. */
  readonly dys: readonly (Value | undefined)[];
}

/** Appends the nodes of ∂loss/∂xᵢ. Only called where that gradient is wanted. */
export type Gradient = () => Value;

/** One gradient per input; `null` where an input has none (indices, shapes, conditions). */
export type GradientRule = (c: RuleContext) => readonly (Gradient | null)[];
export type GradientRules = Readonly<Record<string, GradientRule>>;
