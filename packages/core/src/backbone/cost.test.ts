import { float32, GraphBuilder, OutsizeError, writeModel } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { openBackbone } from "./backbone.js";

/** Images of 16 pixels a side, enlarged, convolved and averaged. */
function enlarging(scale: number, kernel = 1): Uint8Array {
  const b = new GraphBuilder();
  const x = b.input("x", "float32", ["batch", 3, 16, 16]);
  const large = b.op("Resize", [x, "", b.constant(float32([1, 1, scale, scale]))], { mode: "nearest" });
  const pooled = b.op("AveragePool", [large], {
    kernel_shape: [kernel, kernel],
    pads: Array.from({ length: 4 }, () => (kernel - 1) / 2),
  });
  b.setOutputs({ y: b.op("ReduceMean", [pooled, b.ints([2, 3])], { keepdims: 0 }) });
  return writeModel(b.model());
}

test("a backbone knows what memory a sample takes: here the image, large, twice", () => {
  expect(openBackbone(enlarging(4)).sampleBytes).toBe(2 * 3 * 64 * 64 * 4);
});

test.each([
  ["memory", enlarging(500), /Resize .*one sample takes 733 MiB of memory there, and 128 are allowed/],
  ["time", enlarging(110, 511), /AveragePool .*one sample takes 2e\+12 multiplications/],
])("a model that takes too much %s for a sample is refused", (_, bytes, message) => {
  expect(() => openBackbone(bytes)).toThrow(message);
  expect(() => openBackbone(bytes)).toThrow(OutsizeError);
});
