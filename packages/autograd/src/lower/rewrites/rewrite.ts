import type { GraphBuilder, Value } from "../../builder.js";
import type { Node } from "../../graph/model.js";

/**
 * An operator written in others: a compound one in simple ones, which have the rules, or one in a form that costs less.
 * @returns its outputs; undefined where it stays
 */
export type Rewrite = (c: { b: GraphBuilder; node: Node; x: readonly Value[] }) => readonly Value[] | undefined;
export type Rewrites = Readonly<Record<string, Rewrite>>;
