import { float32, GraphBuilder, int64, ModelError, writeModel, type Model } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { openBackbone } from "../backbone/backbone.js";
import { images } from "./modality.js";
import { plainPreprocessing } from "./preprocessing.js";

/** A mean over positions, and a linear layer; positions as `perm` brings them to [batch, channels, height, width]. */
function modelOf(shape: (number | string)[], perm?: number[]): Model {
  const b = new GraphBuilder();
  const x = b.input("x", "float32", shape);
  const first = perm ? b.op("Transpose", [x], { perm }) : x;
  const pooled = b.op("ReduceMean", [first, b.ints([2, 3])], { keepdims: 0 });
  const w = b.initializer("w", float32([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]));
  b.setOutputs({ y: b.op("MatMul", [pooled, w]) });
  return b.model();
}

const open = (model: Model, size = 8) =>
  openBackbone(writeModel(model), { modality: images({ preprocessing: plainPreprocessing(size) }) });

test.each([[["batch", 8, 8, 3]], [["batch", "h", "w", 3]]])(
  "a model that takes %j gets its channels last",
  async (shape) => {
    const backbone = open(modelOf(shape, [0, 3, 1, 2]));
    expect(backbone.inputs).toEqual([{ name: "pixels", dtype: "uint8", shape: ["batch", 3, 8, 8] }]);
    const session = await ort.InferenceSession.create(writeModel(backbone.model));
    const data = Uint8Array.from({ length: 192 }, (_, i) => Math.floor(i / 64) * 51);
    const { features } = await session.run({ pixels: new ort.Tensor("uint8", data, [1, 3, 8, 8]) });
    [0, 0.2, 0.4].forEach((mean, c) => expect(features!.data[c]).toBeCloseTo(mean, 5));
  },
);

test("a text model is called one", () => {
  const b = new GraphBuilder();
  const ids = b.input("input_ids", "int64", ["batch", "tokens"]);
  const mask = b.input("attention_mask", "int64", ["batch", "tokens"]);
  b.setOutputs({ y: b.cast(b.op("Mul", [ids, mask]), "float32") });
  expect(() => open(b.model())).toThrow(/takes text \(input_ids, attention_mask\), and images are to be learnt from/);
});

test("a model of graphs is called one", () => {
  const b = new GraphBuilder();
  const edges = b.input("edge_index", "int64", [2, "edges"]);
  b.setOutputs({ y: b.cast(edges, "float32") });
  expect(() => open(b.model())).toThrow(/takes graphs \(edge_index\), and images are to be learnt from/);
});

test("a model of images and text is not called one of text", () => {
  const b = new GraphBuilder();
  const image = b.input("pixel_values", "float32", ["batch", 3, 8, 8]);
  const ids = b.input("input_ids", "int64", ["batch", "tokens"]);
  b.setOutputs({ y: b.op("Relu", [image]), z: b.cast(ids, "float32") });
  expect(() => open(b.model())).toThrow(/takes 2 inputs \(.*pixel_values, input_ids\), where images are one/);
});

test("images of one channel are said to be that", () => {
  const b = new GraphBuilder();
  b.setOutputs({ y: b.op("Relu", [b.input("x", "float32", ["batch", 1, 8, 8])]) });
  expect(() => open(b.model())).toThrow(/'x' is \[batch, 1, 8, 8\], images of 1 channel, and photos have 3/);
});

/** A patch each of 4 pixels a side becomes a token, to which its place is added: for images of one size alone. */
function vision(batch: number | string): Model {
  const b = new GraphBuilder();
  const x = b.input("x", "float32", [batch, 3, "height", "width"]);
  const kernel = b.initializer("k", float32(new Float32Array(5 * 48), [5, 3, 4, 4]));
  const patches = b.op("Conv", [x, kernel], { kernel_shape: [4, 4], strides: [4, 4] });
  const tokens = b.op("Reshape", [patches, b.constant(int64([typeof batch === "number" ? batch : 0, 5, -1]))]);
  const places = b.initializer("places", float32(new Float32Array(5 * 64), [1, 5, 64]));
  b.setOutputs({ y: b.op("ReduceMean", [b.add(tokens, places), b.ints([2])], { keepdims: 0 }) });
  return b.model();
}

test("a size that a model wants without saying so is found", () => {
  expect(open(vision("batch"), 32).width).toBe(5);
  expect(() => open(vision("batch"), 64)).toThrow(
    /says that it takes images of any size, but wants 32×32; use option size 32 instead of 64 \(Add .* do not broadcast/,
  );
  expect(() => open(vision("batch"), 64)).toThrow(ModelError);
});

test("a size that is not the model's is refused in the order of the option, width first", () => {
  const model = modelOf(["batch", 3, 6, 8]);
  const at = (height: number, width: number) =>
    openBackbone(writeModel(model), {
      modality: images({ preprocessing: { ...plainPreprocessing(8), size: { height, width } } }),
    });
  expect(() => at(8, 6)).toThrow(/takes images of 8×6 \(width×height\) only; use option size 8x6 instead of 6x8$/);
  expect(at(6, 8).width).toBe(3);
});

test("an input that takes no numbers, or pictures without pixels, is refused by name", () => {
  const of = (dtype: "string" | "float32", shape: (number | string)[]): Model => {
    const b = new GraphBuilder();
    b.setOutputs({ y: b.op("Identity", [b.input("x", dtype, shape)]) });
    return b.model();
  };
  expect(() => open(of("string", ["batch", 3, 8, 8]))).toThrow(/the input 'x' takes elements of type string, and/);
  expect(() => open(of("float32", ["batch", 3, 0, 0]))).toThrow(/'x' is \[batch, 3, 0, 0\], pictures without pixels;/);
});

test("numbers that no image can be normalised by are refused", () => {
  const by = (std: number[], mean = [0, 0, 0], rescale = 1 / 255) =>
    openBackbone(writeModel(modelOf(["batch", 3, 8, 8])), { modality: images({ pixels: { mean, std, rescale } }) });
  expect(() => by([1, 0, 1])).toThrow(
    /cannot be normalised by mean 0,0,0, std 1,0,1 and.*give numbers, and no std of 0$/,
  );
  expect(() => by([1, 1, 1], [NaN, 0, 0])).toThrow("by mean NaN,0,0");
  expect(() => by([1, 1, 1], [0, 0, 0], NaN)).toThrow("rescale NaN");
});
