import {
  buildOn,
  dependencies,
  dependents,
  producers,
  trainableParameters,
  type Dim,
  type GraphBuilder,
  type Node,
  type Shape,
} from "@taskhead/autograd";
import type { Backbone } from "./backbone.js";
import { batchOf } from "./pool.js";
import type { NodeAxis } from "./poolings.js";

/** A stretch of the backbone between two cut points. */
export interface Block {
  /** The one value through which all that the block computes depends on the input, masks and positions aside; [batch, …]. */
  readonly input: string;
  /** Without the batch axis; a size that is open, such as that of tokens, by its name. */
  readonly inputShape: Shape;
  /** The one value through which the features depend on the block. */
  readonly output: string;
  /** Convolutions and linear layers. */
  readonly layers: number;
  /** The trainable initializers of its layers and norms. */
  readonly parameters: readonly string[];
}

/** What lies between two neighbouring cut points. */
interface Segment {
  input: string;
  output: string;
  nodes: Node[];
  /** Convolutions and linear layers among them. */
  layers: number;
  /** More than one path: a residual, a gate, parallel convolutions. */
  branched: boolean;
}

/** A block while segments are still being added to it. */
interface Group {
  segments: Segment[];
  /** Where the activations live after its first layer: [height, width], or nothing for tokens and vectors. */
  size: string;
}

/**
 * The blocks of a backbone in the order of the forward pass, found from the structure of its graph alone.
 *
 * A **cut point** is a value through which every path from the input to the features runs, but for those of values beside
 * (`valuesBeside`): masks, positions, sizes. Cut points divide the graph into segments. A segment with a convolution or
 * linear layer begins a block, with two exceptions: plain convolutions
 * (no branches) continue the block as long as they keep its spatial size, so that a VGG-like stage is one block; and
 * the second half of a transformer layer, the first branched segment after one that holds attention, completes it. A
 * residual block is one segment. Segments without such layers (norms, activations, pooling) end the block before them;
 * those before the first layer belong to no block.
 * @param nodes whether a value that has a vector for each node of all graphs of a batch may be a cut point too: what is
 * between two of them can be looked at, but not cached graph by graph
 */
export function findBlocks(backbone: Backbone, { nodes = false }: { nodes?: boolean } = {}): Block[] {
  const builder = buildOn(backbone.model);
  const perNode = nodes ? backbone.nodes : undefined;
  const segments = segmentsOf(builder, backbone, perNode);
  const groups = perNode ? byMessages(builder, segments, perNode) : byLayers(builder, segments);
  const parametersUpTo = parametersByPlace(backbone);
  const first = groups[0]?.segments[0]!.input;
  if (first !== undefined) parametersUpTo(first);
  return groups.map(({ segments }) => {
    const [input, output] = [segments[0]!.input, segments.at(-1)!.output];
    return {
      input,
      inputShape: builder.shape(input).slice(1),
      output,
      layers: segments.reduce((sum, s) => sum + s.layers, 0),
      parameters: parametersUpTo(output),
    };
  });
}

function byLayers(builder: GraphBuilder, segments: readonly Segment[]): Group[] {
  const groups: Group[] = [];
  for (const segment of segments) {
    const current = groups.at(-1);
    if (segment.layers === 0) current?.segments.push(segment);
    else if (current && continues(builder, current, segment)) current.segments.push(segment);
    else groups.push({ segments: [segment], size: spatial(builder, segment.output) });
  }
  return groups;
}

/** Sums what edges bring to nodes. */
const scattering = new Set(["ScatterND", "ScatterElements"]);

/**
 * Of a graph network: a block begins where edges bring something to nodes, and what is then made of each node by itself belongs
 * to it, however many layers that has. What comes before the first such place, and what is made of whole graphs, are blocks of
 * their own.
 */
function byMessages(builder: GraphBuilder, segments: readonly Segment[], { size }: NodeAxis): Group[] {
  const isOfNodes = (value: string): boolean => builder.shape(value)[0] === size;
  const groups: Group[] = [];
  for (const segment of segments) {
    const current = groups.at(-1);
    const passes = isOfNodes(segment.output) && segment.nodes.some((node) => scattering.has(node.opType));
    const begins = passes || (segment.layers > 0 && (!current || !isOfNodes(segment.input)));
    if (begins) groups.push({ segments: [segment], size: "" });
    else current?.segments.push(segment);
  }
  return groups;
}

/**
 * Gives the backbone's parameters that a value depends on and none that was asked for before does. Each node is met once,
 * as a network of many blocks would take long otherwise.
 */
function parametersByPlace({ model, parameters }: Backbone): (value: string) => string[] {
  const { nodes } = model.graph;
  const made = producers(nodes);
  const places = new Map(nodes.map((node, i) => [node, i]));
  const met = new Set<Node>();
  const left = new Set(parameters);
  return (value) => {
    const found: Node[] = [];
    const stack = [value];
    for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
      const node = made.get(name);
      if (!node || met.has(node)) continue;
      met.add(node);
      found.push(node);
      stack.push(...node.inputs);
    }
    found.sort((m, n) => places.get(m)! - places.get(n)!);
    const own = trainableParameters({ ...model, graph: { ...model.graph, nodes: found } }, [value]);
    return own.filter((name) => left.delete(name));
  };
}

function continues(builder: GraphBuilder, { segments, size }: Group, next: Segment): boolean {
  const layered = segments.filter((s) => s.layers > 0);
  if (next.branched) {
    const tokens = builder.shape(next.output).length === 3;
    return tokens && layered.length === 1 && hasAttention(layered[0]!) && !hasAttention(next);
  }
  const sameSize = spatial(builder, next.input) === size && spatial(builder, next.output) === size;
  return size !== "" && sameSize && layered.every((s) => !s.branched);
}

function hasAttention(segment: Segment): boolean {
  return segment.branched && segment.nodes.some((node) => node.opType === "Softmax");
}

function spatial(builder: GraphBuilder, value: string): string {
  return builder.shape(value).slice(2).length === 2 ? builder.shape(value).slice(2).join("×") : "";
}

/**
 * The values behind the first layer through which all runs that a value depends on of the inputs, in the order of the forward
 * pass, itself the last.
 */
export function cutPoints(builder: GraphBuilder, network: Cuttable): string[] {
  const segments = segmentsOf(builder, network);
  const first = segments.findIndex(({ layers }) => layers > 0);
  return first < 0 ? [] : segments.slice(first).map(({ output }) => output);
}

/** What of a backbone it takes to look for its cut points. */
export type Cuttable = Pick<Backbone, "model" | "inputs" | "featureName">;

function segmentsOf(builder: GraphBuilder, backbone: Cuttable, perNode?: NodeAxis): Segment[] {
  const { path, fromInput } = dataPath(builder, backbone);
  const lastUse = new Map<string, number>([[builder.resolve(backbone.featureName), path.length]]);
  path.forEach((node, i) => node.inputs.forEach((name) => lastUse.set(name, Math.max(lastUse.get(name) ?? 0, i))));
  const isLayer = (node: Node): boolean =>
    layerOperators.has(node.opType) && node.inputs.slice(0, 2).some((name) => !fromInput.has(name));

  const inputs = backbone.inputs.map(({ name }) => name);
  const batch = batchOf(builder, inputs, backbone.featureName);
  const places = new Set(backbone.inputs.map(({ shape }) => shape[1]));
  const beside = perNode ? valuesNotOfNodes(builder, backbone, perNode) : valuesBeside(builder, backbone);
  const segments: Segment[] = [];
  const alive = new Set(inputs);
  let [input, start] = [inputs[0]!, 0];
  path.forEach((node, i) => {
    node.outputs.forEach((name) => alive.add(name));
    for (const name of alive) if ((lastUse.get(name) ?? -1) <= i) alive.delete(name);
    const [output, ...others] = alive.size > 1 ? [...alive].filter((name) => !beside.has(name)) : alive;
    if (output === undefined || others.length > 0 || !isCuttable(builder, output, [batch, perNode?.size], places))
      return;
    const nodes = path.slice(start, i + 1);
    segments.push({ input, output, nodes, layers: nodes.filter(isLayer).length, branched: nodes.length > 1 });
    [input, start] = [output, i + 1];
  });
  return segments;
}

/** Products with weights, where one operand is constant; attention's products of two activations are none. */
const layerOperators = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum"]);

/** The nodes through which the features depend on the inputs, in topological order, and all values that depend on them. */
function dataPath(builder: GraphBuilder, { inputs, featureName }: Cuttable): { path: Node[]; fromInput: Set<string> } {
  const { nodes } = builder.graph;
  const needed = dependencies(nodes, [builder.resolve(featureName)]);
  const reached = dependents(
    nodes,
    inputs.map(({ name }) => name),
  );
  const path = nodes.filter((node) => node.outputs.some((o) => needed.has(o) && reached.has(o)));
  return { path, fromInput: reached };
}

/** Operators that take what an input says into the network: rows of a table, and products with weights. */
const takingIn = new Set([...layerOperators, "Gather", "GatherElements", "GatherND"]);

/**
 * What stands beside the way through the network: it depends on the inputs, but what they say reaches it through no weight.
 * Masks, positions and sizes are such values, and a bias that a model learned for distances between tokens.
 */
export function valuesBeside(builder: GraphBuilder, { model, inputs }: Cuttable): Set<string> {
  const { nodes } = builder.graph;
  const names = inputs.map(({ name }) => name);
  const whole = inputs.filter(({ dtype }) => dtype === "int64" || dtype === "int32").map(({ name }) => name);
  const rest = names.filter((name) => !whole.includes(name));
  // Of a size nothing is known of what the input says.
  const telling = nodes.filter((node) => node.opType !== "Shape" && node.opType !== "Size");
  // A number alone, such as an exponent, says nothing of an input.
  const weights = trainableParameters(model).filter((name) => model.graph.initializers.get(name)!.data.length > 1);
  const [said, weighed] = [dependents(telling, names), dependents(telling, weights)];
  const taken = telling
    .filter((node) => takingIn.has(node.opType) && node.inputs.some((i) => said.has(i)))
    .filter((node) => node.inputs.some((i) => weighed.has(i)))
    .flatMap((node) => node.outputs);
  const along = dependents(telling, [...rest, ...taken]);
  return new Set([...dependents(nodes, names)].filter((value) => !along.has(value)));
}

/** Likewise of a graph network: what edges say by themselves stands beside too, however often it is read. */
function valuesNotOfNodes(builder: GraphBuilder, network: Cuttable, { size, of }: NodeAxis): Set<string> {
  const { nodes } = builder.graph;
  const own = network.inputs.filter(({ name, shape }) => shape[0] === size && name !== of).map(({ name }) => name);
  const telling = nodes.filter((node) => node.opType !== "Shape" && node.opType !== "Size");
  const ofNodes = dependents(telling, own);
  const others = [
    ...dependents(
      nodes,
      network.inputs.map(({ name }) => name),
    ),
  ].filter((value) => !ofNodes.has(value));
  return new Set([...valuesBeside(builder, network), ...others]);
}

/** Floats with the batch, or its nodes, in front and nothing else unknown but how many places a sample has: what can be cached. */
function isCuttable(
  builder: GraphBuilder,
  value: string,
  first: readonly (Dim | undefined)[],
  places: ReadonlySet<Dim | undefined>,
): boolean {
  const { dtype, shape } = builder.type(value);
  const isKnown = (d: Dim, i: number): boolean => typeof d === "number" || (i === 0 && places.has(d));
  return dtype === "float32" && shape[0] !== undefined && first.includes(shape[0]) && shape.slice(1).every(isKnown);
}
