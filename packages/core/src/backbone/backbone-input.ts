import {
  float32,
  ModelError,
  type Dim,
  type Graph,
  type Model,
  type Node,
  type Shape,
  type Tensor,
} from "@taskhead/autograd";

/** How bytes become the numbers that the network was pretrained on: (byte · rescale − mean) / std, per channel RGB. */
export interface PixelOptions {
  mean: readonly number[];
  std: readonly number[];
  /** Usually 1/255. */
  rescale: number;
}

/** In pixels. */
export interface Size {
  height: number;
  width: number;
}

export interface PreparedInput {
  model: Model;
  /** The data input's name. */
  name: string;
  /** Initializers that were added here, which no one trains. */
  constants: ReadonlySet<string>;
  /** Values whose names had to make room, old → new. */
  renamed: ReadonlyMap<string, string>;
}

/** Names that the graphs built on a backbone use themselves. */
const reserved = ["pixels", "target", "loss", "logits", "features", "learning_rate"];

/**
 * Gives a model the input that training needs: a free batch axis, a fixed size, and, if asked, bytes with the
 * normalisation inside the graph.
 * @throws {ModelError} if the model takes several inputs, no images, or images of another size.
 */
export function prepareInput(own: Model, options: { pixels?: PixelOptions; size?: Size }): PreparedInput {
  const { model, renamed } = makeRoom(own);
  const [input, ...others] = model.graph.inputs;
  if (!input?.type)
    throw new ModelError("the model does not declare the shape of its input; export it again with shapes");
  if (others.length)
    throw new ModelError(
      `the model takes ${others.length + 1} inputs (${model.graph.inputs.map((v) => v.name).join(", ")}); one is supported`,
    );
  const shape = sized(input.name, input.type.shape, options.size);
  const prelude = options.pixels && normalisation(input.name, shape, options.pixels);
  const graph: Graph = {
    ...model.graph,
    inputs: [
      prelude
        ? { name: "pixels", type: { dtype: "uint8", shape } }
        : { name: input.name, type: { ...input.type, shape } },
    ],
    // Declared shapes may be those of the old size.
    outputs: model.graph.outputs.map(({ name }) => ({ name })),
    nodes: [...(prelude?.nodes ?? []), ...model.graph.nodes],
    initializers: new Map([...(prelude?.initializers ?? []), ...model.graph.initializers]),
  };
  return {
    model: { ...model, graph },
    name: prelude ? "pixels" : input.name,
    constants: new Set(prelude?.initializers.keys()),
    renamed,
  };
}

/** The input's shape with a free batch and the size asked for. */
function sized(name: string, shape: Shape, size: Size | undefined): Shape {
  const rest = shape.slice(1);
  if (!size) return ["batch", ...rest];
  if (shape.length !== 4)
    throw new ModelError(`the input '${name}' is [${shape.join(", ")}], not images [batch, 3, height, width]`);
  const [channels, height, width] = rest as [Dim, Dim, Dim];
  if ((typeof height === "number" && height !== size.height) || (typeof width === "number" && width !== size.width))
    throw new ModelError(
      `the model takes images of ${height}×${width} (height×width) only; use --size ${height === width ? height : `${height}x${width}`} instead of ${size.height}×${size.width}`,
    );
  return ["batch", channels, size.height, size.width];
}

/** Cast → Mul → Sub → Div, from `pixels` to the old input's name. */
function normalisation(
  name: string,
  shape: Shape,
  { mean, std, rescale }: PixelOptions,
): { nodes: Node[]; initializers: Map<string, Tensor> } {
  if (shape.length !== 4)
    throw new ModelError(`the input '${name}' is [${shape.join(", ")}], not images [batch, 3, height, width]`);
  if (typeof shape[2] !== "number" || typeof shape[3] !== "number")
    throw new ModelError(
      `the model takes images of any size; choose one with --size, best the one it was pretrained at`,
    );
  const channels = mean.length;
  if (std.length !== channels || (typeof shape[1] === "number" && shape[1] !== channels))
    throw new ModelError(
      `mean and std have ${channels} and ${std.length} numbers, but the model takes ${shape[1]} channels`,
    );
  const node = (opType: string, inputs: string[], output: string, attributes: Node["attributes"] = {}): Node => ({
    name: `pixels/${opType}`,
    opType,
    domain: "",
    inputs,
    outputs: [output],
    attributes,
  });
  const floatType = 1; // TensorProto.FLOAT
  return {
    nodes: [
      node("Cast", ["pixels"], "pixels.float", { to: floatType }),
      node("Mul", ["pixels.float", "pixels.rescale"], "pixels.scaled"),
      node("Sub", ["pixels.scaled", "pixels.mean"], "pixels.centred"),
      node("Div", ["pixels.centred", "pixels.std"], name),
    ],
    initializers: new Map([
      ["pixels.rescale", float32([rescale], [])],
      ["pixels.mean", float32(mean, [1, channels, 1, 1])],
      ["pixels.std", float32(std, [1, channels, 1, 1])],
    ]),
  };
}

/** Renames the values whose names are reserved. */
function makeRoom(model: Model): { model: Model; renamed: Map<string, string> } {
  const renamed = new Map(reserved.map((name) => [name, `own.${name}`]));
  const now = (name: string): string => renamed.get(name) ?? name;
  const graph: Graph = {
    name: model.graph.name,
    inputs: model.graph.inputs.map((v) => ({ ...v, name: now(v.name) })),
    outputs: model.graph.outputs.map((v) => ({ ...v, name: now(v.name) })),
    nodes: model.graph.nodes.map((n) => ({ ...n, inputs: n.inputs.map(now), outputs: n.outputs.map(now) })),
    initializers: new Map([...model.graph.initializers].map(([name, t]) => [now(name), t])),
  };
  return { model: { ...model, graph }, renamed };
}
