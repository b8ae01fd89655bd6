import type { InferRule } from "./infer/context.js";
import type { GradientRule } from "./rules/rule.js";

/** What runs the graph, by ONNX Runtime's name for it: `onnxruntime-node` is `cpu`, `onnxruntime-web` the others. */
export type EngineName = "cpu" | "wasm" | "webgpu";

/** Rules for an operator that the library lacks, or other ones for an operator it has. */
export interface OperatorRules {
  /** The types of its outputs; needed where the library does not know the operator. */
  readonly infer?: InferRule;
  /** Its gradient. It is used as given: the operator is not rewritten in simpler ones first. */
  readonly gradient?: GradientRule;
}

/** How a graph is built and differentiated. */
export interface GraphOptions {
  /** Where the graph is to run, which may change how a gradient is computed; `cpu` unless given. */
  readonly engine?: EngineName;
  /** Whether Dropout drops: its masks are then inputs of the graph. It does nothing unless asked for. */
  readonly dropout?: boolean;
  /** Operator → rules. Standard operators go by their name, others with their domain: `com.example.Warp`. */
  readonly operators?: Readonly<Record<string, OperatorRules>>;
}
