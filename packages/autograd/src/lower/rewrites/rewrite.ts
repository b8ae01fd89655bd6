import type { GraphBuilder, Value } from "../../builder.js";
import type { Node } from "../../graph/model.js";

/** A compound operator written in simpler ones, which have the rules. Returns its outputs. */
export type Rewrite = (c: { b: GraphBuilder; node: Node; x: readonly Value[] }) => readonly Value[];
export type Rewrites = Readonly<Record<string, Rewrite>>;
