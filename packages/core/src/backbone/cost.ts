import {
  describe,
  evaluateDim,
  intAttribute,
  intsAttribute,
  OutsizeError,
  type Dim,
  type Graph,
  type Node,
  type Shape,
  type TensorType,
} from "@taskhead/autograd";

/** What running a network on one sample takes, read off its shapes: a lower bound, where sizes besides the batch are free. */
export interface Cost {
  /** Bytes of the values that are alive at one time, at most. */
  readonly bytes: number;
  /** Multiplications, about; of operators that only move values, the elements that they move. */
  readonly work: number;
}

/**
 * What one sample may take, in bytes: so many times what is fed of it, within bounds. Networks of images take up to a few
 * hundred times their pixels; a batch has dozens of samples.
 */
const [timesFed, leastAllowed, mostAllowed] = [2 ** 12, 2 ** 27, 2 ** 30];

/** Of the largest vision transformers at the size that they were trained at, half of it; more is a minute for a sample. */
const mostWork = 2 ** 41;

type TypeOf = (value: string) => TensorType | undefined;

/**
 * @param typeOf the type of each value of the graph; undefined for one that nothing reads
 * @throws {OutsizeError} at a node that takes memory or time beyond all measure
 */
export function requireModestCost({ inputs, nodes, initializers }: Graph, typeOf: TypeOf): Cost {
  const lastUse = new Map(nodes.flatMap((node, i) => node.inputs.map((name) => [name, i] as const)));
  const sizes = new Map<string, number>();
  const bytesOf = (value: string): number => {
    let bytes = sizes.get(value);
    if (bytes === undefined) {
      const type = typeOf(value);
      sizes.set(value, (bytes = type ? elements(type.shape) * (widths[type.dtype] ?? 4) : 0));
    }
    return bytes;
  };
  const fed = inputs.reduce((sum, { name }) => sum + bytesOf(name), 0);
  const mostBytes = Math.min(mostAllowed, Math.max(leastAllowed, timesFed * fed));
  let [alive, most, work] = [fed, fed, 0];
  nodes.forEach((node, i) => {
    const outputs = node.outputs.filter((name) => name !== "");
    const beside = temporary(node, typeOf);
    alive += outputs.reduce((sum, name) => sum + bytesOf(name), 0);
    most = Math.max(most, alive + beside);
    work += workOf(node, typeOf);
    if (most > mostBytes)
      throw new OutsizeError(
        `${describe(node)}: one sample takes ${inMiB(most)} MiB of memory there, and ${inMiB(mostBytes)} are allowed; take a smaller image size, or another model`,
      );
    if (work > mostWork)
      throw new OutsizeError(
        `${describe(node)}: up to there one sample takes ${work.toExponential(0)} multiplications, and ${mostWork.toExponential(0)} are allowed; take a smaller image size, or another model`,
      );
    for (const name of new Set([...node.inputs, ...outputs]))
      if (name !== "" && !initializers.has(name) && (lastUse.get(name) ?? i) === i) alive -= sizes.get(name) ?? 0;
  });
  return { bytes: most, work };
}

function inMiB(bytes: number): string {
  return Math.ceil(bytes / 2 ** 20).toLocaleString("en");
}

/** Bytes of an element, where they are not 4. */
const widths: Readonly<Partial<Record<TensorType["dtype"], number>>> = {
  float64: 8,
  int64: 8,
  bool: 1,
  int8: 1,
  uint8: 1,
};

/** Every free size counts once: one sample, one token. */
function sizeAlone(dim: Dim | undefined): number {
  return dim === undefined
    ? 1
    : Math.max(
        0,
        evaluateDim(dim, () => 1),
      );
}

function elements(shape: Shape): number {
  return shape.reduce<number>((product, dim) => product * sizeAlone(dim), 1);
}

/** Bytes that a node takes while it runs, besides its outputs. */
function temporary(node: Node, typeOf: TypeOf): number {
  if (node.opType !== "LRN") return 0;
  // The runtime pads the channels by its window.
  return 4 * elements(typeOf(node.inputs[0]!)?.shape.slice(2) ?? []) * intAttribute(node, "size", 1);
}

function workOf(node: Node, typeOf: TypeOf): number {
  const shapeOf = (i: number): Shape => typeOf(node.inputs[i] ?? "")?.shape ?? [];
  const out = node.outputs.reduce((sum, name) => sum + elements(typeOf(name)?.shape ?? [0]), 0);
  switch (node.opType) {
    case "Conv":
    case "FusedConv":
      return out * elements(shapeOf(1).slice(1));
    case "ConvTranspose":
      return elements(shapeOf(0)) * elements(shapeOf(1).slice(1));
    case "Gemm":
      return out * sizeAlone(shapeOf(0)[intAttribute(node, "transA", 0) ? 0 : 1]);
    case "MatMul":
    case "FusedMatMul":
      return out * sizeAlone(shapeOf(0).at(intAttribute(node, "transA", 0) ? -2 : -1));
    case "MaxPool":
    case "AveragePool":
    case "LpPool":
      return out * elements(intsAttribute(node, "kernel_shape") ?? []);
    case "LRN":
      return out * intAttribute(node, "size", 1);
    default:
      return out;
  }
}
