import { int64, producers, type Graph, type Model, type Node } from "@taskhead/autograd";

/** What this adds is called so. */
const prefix = "graphs/";

const scatters = new Set(["ScatterElements", "ScatterND"]);

/** What passes numbers of graphs on, node by node. */
const passing = new Set(["Identity", "Cast", "Reshape", "Unsqueeze", "Squeeze", "Expand", "Tile"]);

/**
 * Where an export counted graphs once and for all, as PyTorch Geometric's pooling does (`int(batch.max()) + 1` is a constant
 * to who traces it), it sums nodes into as many rows as its example had graphs. Here they are as many as a batch has.
 * @param batch the input that says which graph each node is of
 * @returns the model, and how many graphs it was for; undefined where it is for any number
 */
export function withFreeGraphs(model: Model, batch: string): { model: Model; were?: number } {
  const { graph } = model;
  const made = producers(graph.nodes);
  const isOfGraphs = (value: string): boolean => {
    if (value === batch) return true;
    const node = made.get(value);
    return node !== undefined && passing.has(node.opType) && isOfGraphs(node.inputs[0]!);
  };
  const counted = new Map<string, number>();
  for (const { opType, inputs } of graph.nodes) {
    const [data, indices] = inputs;
    if (!scatters.has(opType) || !isOfGraphs(indices!)) continue;
    const rows = fixedRows(graph, made, data!);
    if (rows !== undefined) counted.set(data!, rows);
  }
  if (counted.size === 0) return { model };
  const added = graphCount(batch);
  const initializers = new Map([...graph.initializers, ...constants]);
  const nodes = graph.nodes.flatMap((node) => {
    const data = scatters.has(node.opType) && counted.has(node.inputs[0]!) ? node.inputs[0]! : undefined;
    if (data === undefined || !isOfGraphs(node.inputs[1]!)) return [node];
    const { steps, value } = asManyRows(data, node.outputs[0]!);
    return [...steps, { ...node, inputs: [value, ...node.inputs.slice(1)] }];
  });
  return {
    model: { ...model, graph: { ...graph, nodes: [...added, ...nodes], initializers } },
    were: Math.max(...counted.values()),
  };
}

/** How many equal rows a value has, where the file itself says it. */
function fixedRows({ initializers }: Graph, made: ReadonlyMap<string, Node>, value: string): number | undefined {
  const tensor = initializers.get(value);
  if (tensor) {
    const values: unknown[] = Array.from<unknown>(tensor.data);
    return values.every((value) => value === values[0]) ? tensor.shape[0] : undefined;
  }
  const node = made.get(value);
  if (node?.opType !== "ConstantOfShape") return undefined;
  const shape = made.get(node.inputs[0]!);
  const first = initializers.get(shape?.opType === "Concat" ? shape.inputs[0]! : node.inputs[0]!);
  return first && first.shape.length === 1 ? Number(first.data[0]) : undefined;
}

const names = {
  zero: `${prefix}0`,
  one: `${prefix}1`,
  end: `${prefix}end`,
  last: `${prefix}last`,
  count: `${prefix}count`,
};

const constants = new Map([
  [names.zero, int64([0])],
  [names.one, int64([1])],
  [names.end, int64([2 ** 31 - 1])],
]);

/** The greatest number of a graph, and one more: [1]. */
function graphCount(batch: string): Node[] {
  return [
    step("Cast", [batch], `${prefix}of`, { to: 7 }),
    step("ReduceMax", [`${prefix}of`], names.last, { keepdims: 1 }),
    step("Add", [names.last, names.one], names.count),
  ];
}

/** The first row of `data`, once for every graph. @param of tells the places apart where this happens */
function asManyRows(data: string, of: string): { steps: Node[]; value: string } {
  const own = (part: string): string => `${prefix}${part} of ${of}`;
  const [row, shape, rest, target, value] = ["row", "shape", "rest", "target", "rows"].map(own) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const steps = [
    step("Slice", [data, names.zero, names.one, names.zero], row),
    step("Shape", [data], shape),
    step("Slice", [shape, names.one, names.end, names.zero], rest),
    step("Concat", [names.count, rest], target, { axis: 0 }),
    step("Expand", [row, target], value),
  ];
  return { steps, value };
}

function step(opType: string, inputs: string[], output: string, attributes: Node["attributes"] = {}): Node {
  return { name: output, opType, domain: "", inputs, outputs: [output], attributes };
}
