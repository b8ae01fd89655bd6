import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../builder.js";
import { float16ToFloat32, float32 } from "../graph/tensor.js";
import type { Model } from "../graph/model.js";
import { halvesOf } from "../io/halves.js";
import { loadModel } from "../io/load.js";
import { writeModel } from "../io/write.js";
import { withByteWeights, withHalfWeights } from "./smaller-weights.js";

const wave = (size: number, scale = 1): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => scale * Math.sin(1.7 * i + 0.3) * (1 + (i % 7)));

/** Every operator whose weights become smaller: Gather, Conv, ConvTranspose, MatMul on either side, Gemm both ways. */
function network(): Model {
  const b = new GraphBuilder("small");
  const weight = (name: string, shape: number[], scale = 0.05) =>
    b.initializer(
      name,
      float32(
        wave(
          shape.reduce((a, d) => a * d),
          scale,
        ),
        shape,
      ),
    );
  const ids = b.input("ids", "int64", ["batch", 36]);
  weight("embedding", [40, 8]);
  const rows = b.op("Gather", ["embedding", ids]);
  const image = b.reshape(b.op("Transpose", [rows], { perm: [0, 2, 1] }), [-1, 8, 6, 6]);
  weight("conv", [16, 8, 3, 3]);
  weight("back", [16, 4, 3, 3]);
  const up = b.op("ConvTranspose", [b.op("Relu", [b.op("Conv", [image, "conv"])]), "back"]);
  const flat = b.reshape(up, [-1, 144]);
  weight("product", [144, 20]);
  weight("left", [20, 20]);
  const product = b.op("Relu", [b.op("MatMul", [flat, "product"])]);
  const left = b.op("MatMul", ["left", b.reshape(product, [-1, 20, 1])]);
  weight("plain", [20, 16]);
  weight("turned", [17, 16]);
  const gemm = b.op("Relu", [b.op("Gemm", [b.reshape(left, [-1, 20]), "plain"])]);
  b.setOutputs({ y: b.op("Gemm", [gemm, "turned"], { transB: 1 }) });
  return b.model();
}

async function outputs(model: Model): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(writeModel(model), { logSeverityLevel: 3 });
  const ids = BigInt64Array.from({ length: 72 }, (_, i) => BigInt((i * 11) % 40));
  const { y } = await session.run({ ids: new ort.Tensor("int64", ids, [2, 36]) });
  return y!.data as Float32Array;
}

const largest = (values: Float32Array): number => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

describe("weights stored smaller", () => {
  it.each([
    ["float16", withHalfWeights, 0.002, 0.55],
    ["int8", withByteWeights, 0.03, 0.4],
  ] as const)("as %s, compute nearly the same from a smaller file", async (_, pass, tolerance, share) => {
    const model = network();
    const small = pass(model);
    const [whole, mine] = [await outputs(model), await outputs(small)];
    expect(largest(mine.map((v, i) => v - whole[i]!)) / largest(whole)).toBeLessThan(tolerance);
    expect(writeModel(small).length / writeModel(model).length).toBeLessThan(share);
    // Every one of the weights is stored so, and its name is that of what is read.
    expect(
      [...small.graph.initializers.keys()].filter((name) => model.graph.initializers.get(name)?.shape.length === 2),
    ).toEqual([]);
  });

  it("leaves a float16 what it cannot hold", () => {
    const model = network();
    (model.graph.initializers.get("plain")!.data as Float32Array)[3] = 1e5;
    expect(withHalfWeights(model).graph.initializers.get("plain")).toBe(model.graph.initializers.get("plain"));
  });

  it("is within half a step of each weight, channel by channel", () => {
    const model = network();
    const { initializers } = withByteWeights(model).graph;
    const weight = model.graph.initializers.get("back")!;
    const [bytes, scales] = [initializers.get("back.int8")!, initializers.get("back.scale")!];
    expect(scales.shape).toEqual([4]);
    weight.data.forEach((w, i) => {
      const scale = Number(scales.data[Math.floor(i / 9) % 4]);
      expect(Math.abs(Number(w) - scale * Number(bytes.data[i]))).toBeLessThanOrEqual(scale / 2 + 1e-9);
    });
  });

  it("keeps a zero channel, and reads float16 back as a model of float32", async () => {
    const model = network();
    (model.graph.initializers.get("turned")!.data as Float32Array).fill(0, 0, 16);
    expect((await outputs(withByteWeights(model)))[0]).toBe(0);
    const again = loadModel(writeModel(withHalfWeights(model)));
    expect(await outputs(again)).toEqual(await outputs(withHalfWeights(model)));
  });
});

describe("halves", () => {
  it("give all of their own values back", () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((bits) => (bits & 0x7fff) <= 0x7c00);
    expect(halvesOf(float16ToFloat32(all))).toEqual(all);
  });

  it("round to the nearest, ties to even, and overflow to infinity", () => {
    const given = [
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      1 + 2 ** -11 + 2 ** -20,
      2 ** -25,
      3 * 2 ** -25,
      65519,
      65520,
      -1e9,
      NaN,
    ];
    const expected = [1, 1 + 2 ** -9, 1 + 2 ** -10, 0, 2 ** -23, 65504, Infinity, -Infinity, NaN];
    expect([...float16ToFloat32(halvesOf(Float32Array.from(given)))]).toEqual(expected);
  });
});
