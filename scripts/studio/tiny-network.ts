import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import { normals, random } from "@taskhead/core/internals";

/** Of the pictures that it takes, in pixels. */
export const tinySide = 16;

/** Conv 3→6, Relu, pooling, Gemm 6→5: for what is about anything but the network, such as a GPU in software. */
export function tinyNetwork(): Uint8Array {
  const rng = random(0, "network");
  const b = new GraphBuilder("tiny");
  const x = b.input("image", "float32", ["n", 3, tinySide, tinySide]);
  const kernel = b.initializer("conv.weight", float32(normals(6 * 27, 0.3, rng), [6, 3, 3, 3]));
  const conv = b.op("Relu", [b.op("Conv", [x, kernel], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })]);
  const flat = b.op("Flatten", [b.op("GlobalAveragePool", [conv])]);
  const weight = b.initializer("fc.weight", float32(normals(30, 0.3, rng), [5, 6]));
  b.setOutputs({ logits: b.op("Gemm", [flat, weight], { transB: 1 }) });
  return writeModel(b.model());
}
