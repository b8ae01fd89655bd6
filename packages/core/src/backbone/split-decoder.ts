import {
  buildOn,
  dependents,
  int64,
  ModelError,
  producers,
  sizeOf,
  type GraphBuilder,
  type Model,
  type Node,
  type Shape,
  type Tensor,
} from "@taskhead/autograd";
import { withoutOutputs } from "../engine/weights.js";
import type { Backbone } from "./backbone.js";
import { projections } from "./projections.js";
import { trained, type SplitBackbone } from "./split.js";

/** What makes maps larger: a decoder begins with the first of them. */
const upsampling = new Set(["Resize", "Upsample", "ConvTranspose", "DepthToSpace", "MaxUnpool"]);

/** What a decoder reads of its encoder, in one row a sample. */
const cut = "decoder.input";

/**
 * Cuts a network of maps below its decoder: all that depends on a map that was made larger, and the projections before it.
 * What it reads of the encoder, its last map and those that go around, lie one after another in the features of the lower
 * part, and are taken apart again in front of the decoder. It can then start afresh as a part of the head, as blocks do.
 * @throws {ModelError} if nothing is made larger, or the two parts share weights
 */
export function splitDecoder(backbone: Backbone): SplitBackbone {
  const { model, featureName } = backbone;
  const b = buildOn(model);
  const { nodes, initializers } = b.graph;
  const made = producers(nodes);
  const feature = b.resolve(featureName);
  const larger = nodes.filter((node) => upsampling.has(node.opType) && grows(b, node));
  const decoded = dependents(
    nodes,
    larger.flatMap((node) => node.outputs.filter((name) => name !== "")),
  );
  if (!decoded.has(feature))
    throw new ModelError(
      "the backbone has no decoder: none of its maps is made larger on the way to its features; use option reinitBlocks",
    );
  const tells = ({ opType, outputs: [output] }: Node): boolean =>
    b.type(output!).dtype === "float32" && !upsampling.has(opType);
  const walk = (isOwn: (node: Node) => boolean): { own: Set<Node>; read: Map<string, Shape> } => {
    const own = new Set<Node>();
    const read = new Map<string, Shape>();
    const met = new Set<string>();
    const visit = (value: string): void => {
      if (value === "" || met.has(value) || initializers.has(value)) return;
      met.add(value);
      const node = made.get(value);
      // Sizes and the like are computed anew from the maps.
      if (node && (isOwn(node) || b.type(value).dtype !== "float32")) {
        own.add(node);
        node.inputs.forEach(visit);
      } else read.set(value, b.shape(value).slice(1));
    };
    visit(feature);
    return { own, read };
  };
  const isDecoded = (node: Node): boolean => node.outputs.some((output) => decoded.has(output));
  const inputs = new Set(b.graph.inputs.map(({ name }) => name));
  const before = projections(nodes, [...walk(isDecoded).read.keys()], inputs, tells);
  const { own, read } = walk((node) => isDecoded(node) || before.has(node));
  const maps = [...read].map(([name, shape]) => ({ name, shape: fixed(name, shape) }));
  const width = maps.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const lower = encoder(backbone, maps, width);
  const blocks = decoder(backbone, b, { nodes: nodes.filter((node) => own.has(node)), maps, width });
  const shared = blocks.parameters.find((name) => lower.parameters.includes(name));
  if (shared !== undefined)
    throw new ModelError(`the weights '${shared}' are used by the decoder and below it; it cannot start afresh`);
  return { lower, blocks };
}

interface ReadMap {
  readonly name: string;
  /** Of a sample. */
  readonly shape: readonly number[];
}

/** Whether a node's result has more places than what it is made of. */
function grows(b: GraphBuilder, { inputs, outputs }: Node): boolean {
  const [from, to] = [b.shape(inputs[0]!), b.shape(outputs[0]!)];
  return from.length === 4 && [2, 3].some((axis) => Number(to[axis]) > Number(from[axis]));
}

function fixed(name: string, shape: Shape): readonly number[] {
  const sizes = shape.filter((d) => typeof d === "number");
  if (sizes.length === shape.length && shape.length > 0) return sizes;
  throw new ModelError(
    `the decoder cannot start afresh: '${name}', which it reads, is [${shape.join(", ")}] for a sample, of no fixed size; export the model with a fixed input size`,
  );
}

function encoder(backbone: Backbone, maps: readonly ReadMap[], width: number): Backbone {
  const b = buildOn(withoutOutputs(backbone.model));
  const flat = maps.map(({ name, shape }) => b.op("Reshape", [name, b.ints([-1, sizeOf(shape)])]));
  const features = flat.length === 1 ? flat[0]! : b.op("Concat", flat, { axis: 1 });
  b.setOutputs({ features });
  const model = b.model();
  const told = maps.map(({ name, shape }) => `'${name}' [${shape.join(", ")}]`).join(", ");
  const found = `Features are what the decoder reads, which starts afresh as a part of the head: ${told}, ${width} per sample.`;
  const { map: _, ...vector } = backbone;
  return { ...vector, model, featureName: features, width, found, ...trained(backbone, model) };
}

function decoder(
  backbone: Backbone,
  b: GraphBuilder,
  { nodes, maps, width }: { nodes: readonly Node[]; maps: readonly ReadMap[]; width: number },
): Backbone {
  const constants = new Map<string, Tensor>();
  const ints = (name: string, values: number[]): string => {
    constants.set(name, int64(values));
    return name;
  };
  let from = 0;
  const apart = maps.flatMap(({ name, shape }, i): Node[] => {
    const to = from + sizeOf(shape);
    const place = (what: string): string => `decoder.${what}.${i}`;
    const piece = [cut, ints(place("from"), [from]), ints(place("to"), [to]), ints(place("axis"), [1])];
    from = to;
    return [
      node("Slice", piece, place("piece")),
      node("Reshape", [place("piece"), ints(place("shape"), [-1, ...shape])], name),
    ];
  });
  const type = { dtype: "float32" as const, shape: [b.shape(backbone.featureName)[0]!, width] };
  const { graph } = b;
  // Nodes that are appended to the encoder's own must not be called as one of those.
  const named = nodes.map((one) => ({ ...one, name: `decoder/${one.name}` }));
  const outputs = [{ name: b.resolve(backbone.featureName) }];
  const initializers = new Map([...graph.initializers, ...constants]);
  const whole: Model = {
    ...backbone.model,
    graph: { ...graph, inputs: [{ name: cut, type }], outputs, nodes: [...apart, ...named], initializers },
  };
  const builder = buildOn(withoutOutputs(whole));
  builder.setOutputs({ features: outputs[0]!.name });
  const model = builder.model();
  return {
    ...backbone,
    model,
    featureName: outputs[0]!.name,
    inputs: [{ name: cut, ...type }],
    ...trained(backbone, model),
  };
}

function node(opType: string, inputs: string[], output: string): Node {
  return { name: `decoder/apart/${output}`, opType, domain: "", inputs, outputs: [output], attributes: {} };
}
