/** Operators written in simpler or cheaper ones: operator → rewrite, one file per family. */
import type { GraphBuilder } from "../../builder.js";
import { operatorName, type Node } from "../../graph/model.js";
import { named } from "../named.js";
import { attention } from "./attention.js";
import { fused } from "./fused.js";
import { losses } from "./losses.js";
import { normalization } from "./normalization.js";
import type { Rewrites } from "./rewrite.js";
import { sampling } from "./sampling.js";
import { scatter } from "./scatter.js";

/** The operators that are replaced, some of them in one form alone, before anything else looks at them; names outside the standard carry their domain. */
export const rewrites: Rewrites = { ...normalization, ...attention, ...losses, ...sampling, ...fused, ...scatter };

/** The rewritten form's outputs under the node's own names, or undefined where the node stays. */
export function rewriteNode(b: GraphBuilder, node: Node): Node[] | undefined {
  const key = operatorName(node);
  const rewrite = Object.hasOwn(rewrites, key) ? rewrites[key]! : undefined;
  const outputs = rewrite?.({ b, node, x: node.inputs });
  return outputs && named(node, outputs);
}
