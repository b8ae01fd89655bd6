import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";

const width = 8;

/** Numbers between −1 and 1 that are always the same. */
function noise(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));
}

/**
 * A graph network that nobody trained: atoms by their number, a round of messages, a layer, the mean over each graph, a head.
 * @param widths of `x` and `edge_attr`
 */
export function tinyGraphNet([nodeWidth, edgeWidth]: readonly [number, number] = [9, 3]): Uint8Array {
  const b = new GraphBuilder("graph-net");
  const x = b.input("x", "int64", ["nodes", nodeWidth]);
  const edges = b.input("edge_index", "int64", [2, "edges"]);
  const attributes = b.input("edge_attr", "int64", ["edges", edgeWidth]);
  const batch = b.input("batch", "int64", ["nodes"]);
  const counts = b.input("node_counts", "int64", ["graphs"]);
  const column = (value: string, at: number): string =>
    b.op(
      "Gather",
      [value, b.initializer(`${value}.${at}`, { dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(at)) })],
      { axis: 1 },
    );
  const row = (at: number): string =>
    b.op(
      "Gather",
      [edges, b.initializer(`row.${at}`, { dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(at)) })],
      { axis: 0 },
    );
  const atoms = b.op("Gather", [b.initializer("atoms", float32(noise(119 * width, 1), [119, width])), column(x, 0)]);
  const bonds = b.op("Gather", [
    b.initializer("bonds", float32(noise(5 * width, 4), [5, width])),
    column(attributes, 0),
  ]);
  const summed = (into: string, at: string, values: string): string =>
    b.op("ScatterND", [into, b.op("Unsqueeze", [at, b.ints([1])]), values], { reduction: "add" });
  const messages = b.op("Relu", [b.add(b.op("Gather", [atoms, row(0)]), bonds)]);
  const heard = summed(atoms, row(1), messages);
  const weight = b.initializer("dense.weight", float32(noise(width * width, 2), [width, width]));
  const hidden = b.op("Tanh", [b.op("MatMul", [heard, weight])]);
  const sizes = b.op("Unsqueeze", [b.cast(counts, "float32"), b.ints([1])]);
  const nothing = b.mul(sizes, b.initializer("zeros", float32(new Float32Array(width), [1, width])));
  const features = b.op("Div", [summed(nothing, batch, hidden), sizes]);
  const head = b.initializer("head.weight", float32(noise(2 * width, 3), [2, width]));
  b.setOutputs({
    outputs: b.op("Gemm", [features, head, b.initializer("head.bias", float32(noise(2, 5), [2]))], { transB: 1 }),
  });
  return writeModel(b.model());
}
