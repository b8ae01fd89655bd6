import type { EngineName } from "./engines.js";
import { operatorName, type Node } from "./graph/model.js";
import type { InferRule } from "./infer/context.js";
import type { GradientRule } from "./rules/rule.js";

/** Rules for an operator that the library lacks, or other ones for an operator it has. */
export interface OperatorRules {
  /** The types of its outputs; needed where the library does not know the operator. */
  readonly infer?: InferRule;
  /** Its gradient. It is used as given: the operator is not rewritten in simpler ones first. */
  readonly gradient?: GradientRule;
}

/** Operator → rules. Standard operators go by their name, others with their domain: `com.example.Warp`. */
export type Operators = Readonly<Record<string, OperatorRules>>;

/** The rules given for a node's operator. */
export function rulesOf(node: Node, operators: Operators): OperatorRules | undefined {
  const name = operatorName(node);
  return Object.hasOwn(operators, name) ? operators[name] : undefined;
}

/** How a graph is built and differentiated. */
export interface GraphOptions {
  /** Where the graph is to run, which may change how a gradient is computed; `cpu` unless given. */
  readonly engine?: EngineName;
  /** Whether Dropout drops: its masks are then inputs of the graph. It does nothing unless asked for. */
  readonly dropout?: boolean;
  /**
   * Whether sizes that are the same are computed once, wherever in the graph they are needed: of a graph that is run as it
   * is, as it could not be cut in pieces that lie between the two. Not unless asked for.
   */
  readonly sharesSizes?: boolean;
  /** Rules for operators, which go before the library's own. */
  readonly operators?: Operators;
}
