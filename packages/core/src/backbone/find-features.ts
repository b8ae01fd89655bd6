import { ModelError, producers, type Graph, type Node } from "@taskhead/autograd";

export interface FeaturePlace {
  /** The name of the value that holds the features, not yet pooled. */
  value: string;
  /** How it was found, for the user; the beginning of a sentence. */
  found: string;
}

/** What may stand between the linear layer and the output without ending the search. */
const passable = new Set(
  (
    "Softmax LogSoftmax Sigmoid ArgMax TopK Identity Dropout Cast GlobalAveragePool AveragePool ReduceMean GlobalMaxPool " +
    "Reshape Flatten Squeeze Unsqueeze Transpose " +
    // A decoder's classifier makes logits of every token, and takes the last one's.
    "Gather GatherND GatherElements"
  ).split(" "),
);

/**
 * The features of a network: the value called `chosen`, or the input of its last linear layer, or its first output.
 * @param asked whether the user chose it, or the file itself
 * @throws {ModelError} if no value is called `chosen`.
 */
export function findFeatures(graph: Graph, chosen?: string, asked = true): FeaturePlace {
  if (chosen !== undefined)
    return { value: known(graph, chosen), found: `Features are '${chosen}', as ${asked ? "asked" : "the file says"}` };
  const output = graph.outputs[0];
  if (!output) throw new ModelError("the model has no output; name its features by option features");
  const made = producers(graph.nodes);
  for (let value = output.name; ;) {
    const node = made.get(value);
    const linear = node && linearLayer(graph, made, node);
    if (linear)
      return {
        value: linear.input,
        found: `Features are '${linear.input}', the input of the last linear layer (${label(linear.node)})`,
      };
    const head = node && averaged(graph, made, node);
    if (head)
      return {
        value: head.input,
        found: `Features are '${head.input}', the input of the first of two linear layers whose answers are averaged (${label(head.node)})`,
      };
    const before = node && passed(graph, node);
    if (before === undefined) break;
    value = before;
  }
  return {
    value: output.name,
    found: `Features are the output '${output.name}', since no linear layer ends the network`,
  };
}

/** What a node reads that changes no more than the form or scale of logits; undefined for any other node. */
function passed(graph: Graph, { opType, inputs }: Node): string | undefined {
  if (passable.has(opType)) return inputs[0];
  if (opType !== "Mul" && opType !== "Div") return undefined;
  const isFactor = (name: string | undefined): boolean => graph.initializers.get(name ?? "")?.data.length === 1;
  const [a, b] = inputs;
  return isFactor(b) ? a : opType === "Mul" && isFactor(a) ? b : undefined;
}

/** The first of two classifiers, where a node halves the sum of both: networks that were distilled (DeiT, LeViT) end so. */
function averaged(graph: Graph, made: ReadonlyMap<string, Node>, node: Node): ReturnType<typeof linearLayer> {
  const half = { Mul: 0.5, Div: 2 }[node.opType];
  if (half === undefined || !node.inputs.some((name) => graph.initializers.get(name)?.data[0] === half))
    return undefined;
  const sum = made.get(passed(graph, node) ?? "");
  if (sum?.opType !== "Add") return undefined;
  const [first, second] = sum.inputs.map((name) => {
    const end = made.get(name);
    return end && linearLayer(graph, made, end);
  });
  return first && second && first;
}

/**
 * What the layer reads that makes the classes: of a classifier its last linear layer, of a network that gives a map of
 * classes its last convolution. Undefined where none ends the network.
 */
export function classesInput(graph: Graph): string | undefined {
  const made = producers(graph.nodes);
  for (let value = graph.outputs[0]?.name ?? ""; ;) {
    const node = made.get(value);
    const linear = node && linearLayer(graph, made, node);
    if (linear) return linear.input;
    if (node && convolutions.has(node.opType)) return node.inputs[0];
    if (!node || !(passable.has(node.opType) || shaping.has(node.opType))) return undefined;
    value = node.inputs[0]!;
  }
}

const convolutions = new Set(["Conv", "ConvTranspose"]);
/** What may stand between a map of classes and the output, or behind a classes' convolution before the pooling. */
const shaping = new Set(["Resize", "Upsample", "Sigmoid", "ArgMax", "Relu", "LeakyRelu", "Clip", "HardSwish", "Slice"]);

/** The linear layer that a node is, or is the bias of. */
function linearLayer(
  graph: Graph,
  made: ReadonlyMap<string, Node>,
  node: Node,
): { node: Node; input: string } | undefined {
  const constant = (name: string | undefined): boolean => name !== undefined && graph.initializers.has(name);
  const [a, b] = node.inputs;
  switch (node.opType) {
    case "Gemm":
    case "MatMul":
      return constant(b) && !constant(a) ? { node, input: a! } : undefined;
    case "Conv":
      return isPointwise(graph.initializers.get(b ?? "")?.shape) ? { node, input: a! } : undefined;
    case "Add": {
      const product = made.get((constant(a) ? b : constant(b) ? a : undefined) ?? "");
      return product && product.opType !== "Add" ? linearLayer(graph, made, product) : undefined;
    }
    default:
      return undefined;
  }
}

function isPointwise(kernel: readonly number[] | undefined): boolean {
  return kernel !== undefined && kernel.length === 4 && kernel[2] === 1 && kernel[3] === 1;
}

function label(node: Node): string {
  return node.name ? `${node.opType} '${node.name}'` : node.opType;
}

function known(graph: Graph, name: string): string {
  const names = [...graph.inputs.map((v) => v.name), ...graph.nodes.flatMap((n) => n.outputs)].filter((n) => n !== "");
  if (names.includes(name)) return name;
  const close = [...new Set(names)].sort((m, n) => distance(m, name) - distance(n, name)).slice(0, 4);
  throw new ModelError(`the model has no value '${name}'; close names are ${close.map((n) => `'${n}'`).join(", ")}`);
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
