import type { GraphBuilder, Value } from "./builder.js";
import { ModelError, UnsupportedError } from "./errors.js";
import { describe, type Node } from "./graph/model.js";
import { gradientRule } from "./rules/index.js";

/**
 * Reverse-mode differentiation: appends to the builder's graph the nodes that compute ∂loss/∂w for every w in `wrt`.
 * @returns w → the name of its gradient, which has w's shape.
 * @throws {UnsupportedError} if an operator between `wrt` and the loss has no rule, with its place on the path.
 * @throws {ModelError} if the loss does not depend on some w.
 */
export function differentiate(b: GraphBuilder, loss: Value, wrt: readonly Value[]): Map<Value, Value> {
  const path = nodesBetween(b, wrt, loss);
  const partial = new Map<Value, Value[]>([[b.resolve(loss), [b.scalar(1)]]]);
  const gradientOf = (value: Value): Value | undefined => {
    const terms = partial.get(value);
    if (!terms) return undefined;
    const sum = terms.reduce(b.add);
    partial.set(value, [sum]);
    return sum;
  };
  for (const node of path.nodes.toReversed()) {
    const dys = node.outputs.map(gradientOf);
    const dy = dys[0] ?? dys.find((d) => d !== undefined);
    if (dy === undefined) continue;
    const rule = gradientRule(node.opType, node.domain);
    if (!rule)
      throw new UnsupportedError(
        node,
        `this operator has no gradient; it lies on the path ${pathToLoss(node, path.nodes)}`,
      );
    const gradients = rule({ b, node, x: node.inputs, y: node.outputs[0]!, dy, dys });
    node.inputs.forEach((x, i) => {
      if (!path.active.has(x)) return;
      const gradient = gradients[i];
      if (!gradient)
        throw new UnsupportedError(node, `its input ${i} ('${x}') has no gradient, but depends on what is trained`);
      partial.set(x, [...(partial.get(x) ?? []), gradient()]);
    });
  }
  return new Map(
    wrt.map((w) => {
      const gradient = gradientOf(b.resolve(w));
      if (gradient === undefined)
        throw new ModelError(`the loss does not depend on '${w}'; leave it out of the trained parameters`);
      return [w, gradient];
    }),
  );
}

/** The nodes through which some w reaches the loss, and the values on those ways. */
function nodesBetween(b: GraphBuilder, wrt: readonly Value[], loss: Value): { nodes: Node[]; active: Set<Value> } {
  const reached = new Set(wrt.map((w) => b.resolve(w)));
  const nodes = b.graph.nodes.filter((node) => {
    if (!node.inputs.some((i) => reached.has(i))) return false;
    // What rounds to whole numbers or compares carries no gradient.
    if (node.outputs.every((o) => o === "" || !isFloat(b, o))) return false;
    node.outputs.forEach((o) => reached.add(o));
    return true;
  });
  const needed = new Set([b.resolve(loss)]);
  const between = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((o) => needed.has(o))) return false;
    node.inputs.forEach((i) => needed.add(i));
    return true;
  });
  return { nodes: between.reverse(), active: new Set([...reached].filter((v) => needed.has(v))) };
}

function isFloat(b: GraphBuilder, value: Value): boolean {
  return b.has(value) && b.type(value).dtype.startsWith("float");
}

/** `Conv 'a' → Det 'b' → loss`, for messages. */
function pathToLoss(node: Node, nodes: readonly Node[]): string {
  const steps = [describe(node)];
  for (let at: Node | undefined = node; at;) {
    const outputs: readonly string[] = at.outputs;
    at = nodes.find((n) => n.inputs.some((i) => outputs.includes(i)));
    if (at) steps.push(describe(at));
  }
  const shown = steps.length > 5 ? [...steps.slice(0, 3), "…", steps.at(-1)!] : steps;
  return [...shown, "loss"].join(" → ");
}
