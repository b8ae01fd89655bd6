import type { GraphBuilder, Value } from "./builder.js";
import { atNode, ModelError, UnsupportedError } from "./graph/errors.js";
import { inputsOf, type Node } from "./graph/model.js";
import { tensorOf } from "./graph/tensor.js";
import { dependencies, dependents, nodesFor, uses, type Use } from "./graph/walk.js";
import { rulesOf, type GraphOptions, type Operators } from "./options.js";
import { gradientRule } from "./rules/index.js";
import type { Gradient, RuleContext } from "./rules/rule.js";

/** A loss that knows its own gradient: fewer nodes than the rules would make of it. */
export interface LossInClosedForm {
  readonly loss: Value;
  /** ∂loss/∂value, for the values that the loss depends on all else through. */
  readonly gradients: ReadonlyMap<Value, Value>;
}

/**
 * Reverse-mode differentiation: appends to the builder's graph the nodes that compute ∂loss/∂w for every w in `wrt`.
 * A w is an input of the graph, an initializer too large to be folded, or any value computed from those.
 * @param loss a scalar, [] or [1]; or one that knows the gradients of the values that it depends on all else through
 * @param options `operators` gives gradients of operators, which go before the library's own
 * @returns w → the name of its gradient, which has w's shape.
 * @throws {UnsupportedError} if an operator between `wrt` and the loss has no rule, with its place on the path.
 * @throws {ModelError} if the loss is no scalar, or does not depend on some w.
 */
export function appendGradients(
  b: GraphBuilder,
  loss: Value | LossInClosedForm,
  wrt: readonly Value[],
  { operators = {} }: Pick<GraphOptions, "operators"> = {},
): Map<Value, Value> {
  const scalar = typeof loss === "string" ? loss : loss.loss;
  const { dtype, shape } = b.type(scalar);
  if (!dtype.startsWith("float") || shape.some((d) => d !== 1))
    throw new ModelError(
      `the loss '${scalar}' is ${dtype} [${shape.join(", ")}], not a scalar of floats; reduce it by a sum or a mean`,
    );
  for (const w of wrt)
    if (!b.has(w))
      throw new ModelError(
        `the graph has no value named '${w}' to differentiate by; name one of its weights or inputs`,
      );
  const known =
    typeof loss === "string" ? new Map([[loss, b.constant(tensorOf(dtype, shape as number[], [1]))]]) : loss.gradients;
  const path = nodesBetween(b, wrt, [...known.keys()]);
  const partial = new Map<Value, Value[]>([...known].map(([value, gradient]) => [b.resolve(value), [gradient]]));
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
    const context = { b, node, x: node.inputs, y: node.outputs[0]!, dy, dys };
    for (const [x, gradient] of inputGradients(context, path, operators))
      partial.set(x, [...(partial.get(x) ?? []), gradient]);
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

interface Path {
  readonly nodes: readonly Node[];
  /** The values on the way from some w to the loss. */
  readonly active: ReadonlySet<Value>;
}

/** What one node adds to the gradients of its inputs. */
function inputGradients(c: RuleContext, path: Path, operators: Operators): [Value, Value][] {
  const { b, node } = c;
  const rule = rulesOf(node, operators)?.gradient ?? gradientRule(node.opType, node.domain, b.engine);
  try {
    if (!rule)
      throw new UnsupportedError(
        node,
        "this operator has no gradient; give it one (option `operators`), or train only what comes after it",
      );
    const gradients = rule(c);
    return node.inputs.flatMap((x, i) =>
      // A gradient has its value's shape, by whatever names its sizes went on the way.
      path.active.has(x) ? [[x, b.knownAs(wanted(node, i, gradients[i])(), b.shape(x))]] : [],
    );
  } catch (error) {
    throw atNode(node, error, pathToLoss(node, path.nodes));
  }
}

function wanted(node: Node, i: number, gradient: Gradient | null | undefined): Gradient {
  if (gradient) return gradient;
  throw new UnsupportedError(
    node,
    `its input ${i} ('${node.inputs[i]}') has no gradient, but the loss depends through it on what it is differentiated by; differentiate by less, or give a gradient (option \`operators\`)`,
  );
}

/** The nodes through which some w reaches one of `ends`, and the values on those ways. */
function nodesBetween(b: GraphBuilder, wrt: readonly Value[], ends: readonly Value[]): Path {
  const goals = ends.map((end) => b.resolve(end));
  // What rounds to whole numbers, compares, or says where something is carries no gradient.
  const carrying = b.graph.nodes.filter((node) => node.outputs.some((output) => isFloat(b, output)));
  const reached = dependents(
    carrying,
    wrt.map((w) => b.resolve(w)),
    (value) => isFloat(b, value),
  );
  const above = carrying.filter((node) => inputsOf(node).some((value) => reached.has(value)));
  const needed = dependencies(above, goals);
  return { nodes: nodesFor(above, goals), active: new Set([...reached].filter((value) => needed.has(value))) };
}

function isFloat(b: GraphBuilder, value: Value): boolean {
  return b.has(value) && b.type(value).dtype.startsWith("float");
}

function pathToLoss(node: Node, nodes: readonly Node[]): Node[] {
  const readers = uses(nodes);
  const path = [node];
  for (let at: Node | undefined = node; at;) {
    const all: Use[] = at.outputs.flatMap((output) => readers.get(output) ?? []);
    at = all[0]?.node;
    if (at) path.push(at);
  }
  return path;
}
