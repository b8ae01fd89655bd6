import { floatAttribute, numbersOf, uses, type Graph, type Model, type Node } from "@taskhead/autograd";

/**
 * What range of numbers a model of images takes that normalises them itself: bytes, if its input has an integer type, or
 * what its first steps, multiplied out to a·x + b, bring to about −3..3. Undefined where it does not normalise, or what it
 * does fits no range.
 */
export function ownRange({ graph }: Model): "0..255" | "0..1" | undefined {
  const input = graph.inputs[0];
  if (graph.inputs.length !== 1 || input?.type?.shape.length !== 4) return undefined;
  if (/int/.test(input.type.dtype)) return "0..255";
  const { scale, offset, steps } = firstSteps(graph, input.name);
  if (steps === 0 || scale === 0) return undefined;
  const centre = -offset / scale;
  const size = Math.abs(scale);
  // Bytes are centred on about 127, or only made small: by 1/255, 1/127.5, 1/58.
  if ((centre > 5 && centre < 255) || (size > 1 / 512 && size < 0.1)) return "0..255";
  return centre > 0.1 && centre <= 1 && size > 0.5 && size < 10 ? "0..1" : undefined;
}

interface Affine {
  /** Means over the channels. */
  scale: number;
  offset: number;
  steps: number;
}

/** The affine steps between the input and the first layer, as one. */
function firstSteps(graph: Graph, input: string): Affine {
  const readers = uses(graph.nodes);
  const constants = constantsOf(graph);
  const whole: Affine = { scale: 1, offset: 0, steps: 0 };
  for (let value = input; ;) {
    const next = (readers.get(value) ?? []).map(({ node }) => node).filter((node) => node.opType !== "Shape");
    const [node] = next;
    if (!node || next.length > 1 || node.domain !== "") return whole;
    if (!["Cast", "Identity", "Transpose"].includes(node.opType)) {
      const step = affineOf(node, value, constants);
      if (!step) return whole;
      whole.scale *= step.scale;
      whole.offset = whole.offset * step.scale + step.offset;
      whole.steps++;
    }
    value = node.outputs[0]!;
  }
}

/** The constants that can stand for channels. */
function constantsOf({ initializers }: Graph): (name: string) => number[] | undefined {
  return (name) => {
    const tensor = initializers.get(name);
    return tensor && tensor.data.length <= 3 ? numbersOf(tensor) : undefined;
  };
}

function affineOf(
  node: Node,
  value: string,
  constants: (name: string) => number[] | undefined,
): Pick<Affine, "scale" | "offset"> | undefined {
  if (node.opType === "BatchNormalization") {
    const [gamma, beta, mean, variance] = node.inputs.slice(1).map(constants);
    if (!gamma || !beta || !mean || !variance) return undefined;
    const epsilon = floatAttribute(node, "epsilon", 1e-5);
    const scales = gamma.map((g, c) => g / Math.sqrt(variance[c]! + epsilon));
    return { scale: average(scales), offset: average(scales.map((s, c) => beta[c]! - mean[c]! * s)) };
  }
  const [first, second] = node.inputs;
  const other = constants((first === value ? second : first) ?? "");
  if (!other) return undefined;
  const c = average(other);
  switch (node.opType) {
    case "Add":
      return { scale: 1, offset: c };
    case "Sub":
      return first === value ? { scale: 1, offset: -c } : { scale: -1, offset: c };
    case "Mul":
      return { scale: c, offset: 0 };
    case "Div":
      return first === value && c !== 0 ? { scale: 1 / c, offset: 0 } : undefined;
  }
  return undefined;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
