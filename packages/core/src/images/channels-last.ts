import type { Dim, Model, Node, Shape } from "@taskhead/autograd";

/** How many channels pictures have. */
const colours = new Set<Dim | undefined>([1, 3, 4]);

/** Whether images come as [batch, height, width, channels], as Keras has them. */
function isChannelsLast(shape: Shape): boolean {
  return shape.length === 4 && colours.has(shape[3]) && !colours.has(shape[1]);
}

/** The shape of a model's input as if it took its channels first. */
export function channelsFirst(shape: Shape): Shape {
  return isChannelsLast(shape) ? [0, 3, 1, 2].map((axis) => shape[axis]!) : shape;
}

/** The model with its channels first: one that wants them last transposes what it gets. */
export function withChannelsFirst(model: Model): Model {
  const [input, ...others] = model.graph.inputs;
  if (!input?.type || others.length > 0 || !isChannelsLast(input.type.shape)) return model;
  const name = "pixels.first";
  const transpose: Node = {
    name: "pixels/last",
    opType: "Transpose",
    domain: "",
    inputs: [name],
    outputs: [input.name],
    attributes: { perm: [0, 2, 3, 1] },
  };
  const inputs = [{ name, type: { ...input.type, shape: channelsFirst(input.type.shape) } }];
  return { ...model, graph: { ...model.graph, inputs, nodes: [transpose, ...model.graph.nodes] } };
}
