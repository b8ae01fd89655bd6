import { GraphBuilder, type Value } from "../builder.js";
import { ModelError } from "../graph/errors.js";
import { stringAttribute, type Model, type Node } from "../graph/model.js";
import type { TensorType } from "../graph/tensor.js";
import { inferShapes } from "../infer-shapes.js";
import { producers } from "../graph/walk.js";
import { additionsOfRows } from "./adds-rows.js";

/** The table of places has at most this many times as many cells as there are rows, of those added and those added to. */
const mostTimes = 4;

/**
 * The same sums of rows (`addsRows`) in a form in which no two threads meet in one row: a table [N, D] has for each of the N
 * rows the places of what is added to it, D at most, and what it names is gathered and summed. Where one row gets so much
 * more than the others that the table would be large, a ScatterElements adds number by number, on one thread.
 *
 * A row's terms may be added in another order, so that its last bits may differ.
 * @returns undefined where a sum has another form, as places of more than one axis, or an operator's types are not known
 */
export function addRowsApart(model: Model): Model | undefined {
  const { graph } = model;
  const types = typesOf(model);
  const sums = additionsOfRows(graph);
  if (!types || !sums.every((node) => isPlain(node, types))) return undefined;
  const b = new GraphBuilder(graph.name, model);
  b.reserve(graph.nodes);
  for (const [name, tensor] of graph.initializers) b.initializer(name, tensor);
  const declare = (name: string): void =>
    void (b.has(name) || b.input(name, types.get(name)!.dtype, types.get(name)!.shape));
  for (const { name } of graph.inputs) declare(name);
  const apart = new Map<Node, readonly Node[]>();
  const made = producers(graph.nodes);
  const orders = new Map<string, Order>();
  /** Layers add along the same edges, whose places each may bring to columns by itself. */
  const orderOf = ([data, places]: readonly string[]): Order => {
    const maker = made.get(places!);
    const list = maker?.opType === "Unsqueeze" && types.has(maker.inputs[0]!) ? maker.inputs[0]! : places!;
    declare(list);
    const key = `${list} [${b.shape(data!)[0]}]`;
    const known = orders.get(key);
    if (known) return known;
    const found = orderedPlaces(b, list, data!);
    orders.set(key, found);
    return found;
  };
  for (const node of sums) {
    node.inputs.forEach(declare);
    const added = sumApart(b, node, orderOf(node.inputs));
    apart.set(node, [...b.graph.nodes.splice(0), added]);
  }
  const nodes = graph.nodes.flatMap((node) => apart.get(node) ?? [node]);
  return { ...model, graph: { ...graph, nodes, initializers: b.graph.initializers } };
}

function typesOf(model: Model): ReadonlyMap<string, TensorType> | undefined {
  try {
    return inferShapes(model);
  } catch (error) {
    // An operator that only the runtime knows, say: what it refuses, it says itself.
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

/** Whole rows, added at a list of places. */
function isPlain(node: Node, types: ReadonlyMap<string, TensorType>): boolean {
  const [data, places, updates] = node.inputs.map((name) => types.get(name));
  if (!data || !places || !updates) return false;
  return stringAttribute(node, "reduction", "none") === "add" && places.shape.length === 2 && places.shape[1] === 1;
}

/** What is added to which rows, in their order. */
interface Order {
  /** E updates, [1]. */
  readonly count: Value;
  /** The row of each update, [E]. */
  readonly own: Value;
  /** Cells of the table, of N + 1 rows, [E + 1], and which update is in each. */
  readonly at: Value;
  readonly order: Value;
  /** Columns of the table, D, and its cells in all, [1]. */
  readonly most: Value;
  readonly cells: Value;
  /** Whether the table is small enough, bool []. */
  readonly small: Value;
}

/** @param places of updates, E of them @param data what they are added to, [N, …] */
function orderedPlaces(b: GraphBuilder, places: Value, data: Value): Order {
  const one = b.ints([1]);
  const rows = b.op("Shape", [data], { start: 0, end: 1 });
  // Those from the end on count from the front.
  const own = b.op("Mod", [b.op("Reshape", [b.cast(places, "int64"), b.ints([-1])]), rows]);
  const count = b.op("Shape", [own]);
  // One more, of a row behind the last, so that there is one: update E, which is zeros and fills the table too.
  const all = b.op("Concat", [own, rows], { axis: 0 });
  const outputs = b.ops("TopK", [all, b.add(count, one)], { axis: 0, largest: 0 }, { outputs: 2 });
  const [sorted, order] = outputs as [Value, Value];
  const ranks = ranksAmongEqual(b, sorted);
  const most = b.op("Reshape", [b.add(b.op("ReduceMax", [ranks], { keepdims: 0 }), b.integer(1)), one]);
  const cells = b.mul(b.add(rows, one), most);
  const few = b.op("LessOrEqual", [cells, b.mul(b.add(b.add(rows, count), one), b.ints([mostTimes]))]);
  const small = b.op("Squeeze", [few, b.ints([0])]);
  return { count, own, at: b.add(b.mul(sorted, most), ranks), order, most, cells, small };
}

/** data [N, …] with each of the updates [E, …] added to its row. */
function sumApart(b: GraphBuilder, node: Node, { count, own, at, order, most, cells, small }: Order): Node {
  const [data, , updates] = node.inputs as [Value, Value, Value];
  const one = b.ints([1]);
  const row = b.op("Shape", [data], { start: 1 });
  const gathered = b.subgraph([], () => {
    const filled = b.op("ScatterND", [b.op("Expand", [count, cells]), b.op("Unsqueeze", [at, one]), order]);
    const table = b.op("Reshape", [filled, b.op("Concat", [b.ints([-1]), most], { axis: 0 })]);
    const zeros = b.op("Expand", [b.cast(b.scalar(0), b.type(data).dtype), b.op("Concat", [one, row], { axis: 0 })]);
    const terms = b.op("Gather", [b.op("Concat", [updates, zeros], { axis: 0 }), b.slice(table, 0, 0, -1)]);
    return [b.add(data, b.op("ReduceSum", [terms, one], { keepdims: 0 }))];
  });
  const oneByOne = b.subgraph([], () => {
    const size = b.op("Concat", [b.ints([-1]), b.op("Expand", [one, b.op("Shape", [row])])], { axis: 0 });
    const everywhere = b.op("Expand", [b.op("Reshape", [own, size]), b.op("Shape", [updates])]);
    return [b.op("ScatterElements", [data, everywhere, updates], { axis: 0, reduction: "add" })];
  });
  return { ...node, opType: "If", inputs: [small], attributes: { then_branch: gathered, else_branch: oneByOne } };
}

/** How many of the same come before each of a sorted list. */
function ranksAmongEqual(b: GraphBuilder, sorted: Value): Value {
  const [before, after] = [b.slice(sorted, 0, 0, -1), b.slice(sorted, 0, 1, 2 ** 40)];
  const changes = b.op("Not", [b.op("Equal", [before, after])]);
  const begins = b.op("Concat", [b.cast(b.ints([1]), "bool"), changes], { axis: 0 });
  const starts = b.op("Reshape", [b.op("NonZero", [begins]), b.ints([-1])]);
  const group = b.sub(b.op("CumSum", [b.cast(begins, "int64"), b.integer(0)]), b.integer(1));
  return b.sub(b.positions(sorted, 0), b.op("Gather", [starts, group]));
}
