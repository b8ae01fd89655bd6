import { Float, float32, GraphBuilder, loadModel, writeModel, type Attribute, type Model } from "@taskhead/autograd";
import { describe, expect, it, test } from "vitest";
import { likeliest, usualNormalisations } from "./normalisations.js";
import { ownRange } from "./own-normalisation.js";
import { plainPreprocessing, type Preprocessing } from "./preprocessing.js";
import { servedModel } from "./served.js";
import { unserved } from "./unserved.js";

/** A network that takes what `pre` makes of its input. */
function network(dtype: "uint8" | "float32", ...pre: [operator: string, value: number | number[]][]): Model {
  const b = new GraphBuilder("network");
  let x = b.input("pixels", dtype, ["batch", 3, 8, 8]);
  if (dtype === "uint8") x = b.op("Cast", [x], { to: 1 });
  for (const [operator, value] of pre)
    x = b.op(operator, [
      x,
      b.constant(typeof value === "number" ? float32([value], []) : float32(value, [1, 3, 1, 1])),
    ]);
  b.setOutputs({ y: b.op("Conv", [x, b.initializer("w", float32(new Float32Array(24), [8, 3, 1, 1]))]) });
  return b.model();
}

describe("an export without its resizing", () => {
  const ways: Preprocessing[] = [
    { ...plainPreprocessing(8), interpolation: "nearest" },
    { ...plainPreprocessing({ height: 8, width: 8 }), interpolation: "bicubic" },
    { ...plainPreprocessing(10), resize: "shortest-edge", crop: { height: 8, width: 8 } },
    { ...plainPreprocessing(12), crop: { height: 8, width: 8 } },
  ];
  it.each(ways.flatMap((way) => (["uint8", "float32"] as const).map((dtype) => [dtype, way] as const)))(
    "is what it was before, and says how it resized: %s, %j",
    (dtype, way) => {
      const before = network(dtype);
      const found = unserved(loadModel(writeModel(servedModel(before, "pixels", way))))!;
      const { size, resize, crop, interpolation } = way;
      expect(found.geometry).toEqual({ size, resize, interpolation, ...(crop ? { crop } : {}) });
      expect(found.model.graph.inputs).toEqual(before.graph.inputs);
      expect(found.model.graph.nodes.map((n) => n.opType)).toEqual(before.graph.nodes.map((n) => n.opType));
      expect([...found.model.graph.initializers.keys()]).toEqual([...before.graph.initializers.keys()]);
    },
  );

  it("is no other model", () => expect(unserved(network("float32"))).toBeUndefined());
});

test.each([
  ["bytes", network("uint8"), "0..255"],
  ["nothing", network("float32"), undefined],
  ["x / 255", network("float32", ["Div", 255]), "0..255"],
  ["x / 127.5 - 1", network("float32", ["Mul", 1 / 127.5], ["Sub", 1]), "0..255"],
  ["x less a mean in bytes", network("float32", ["Sub", [123.7, 116.8, 103.9]]), "0..255"],
  ["ImageNet's, in bytes", network("float32", ["Sub", [123.7, 116.3, 103.5]], ["Div", [58.4, 57.1, 57.4]]), "0..255"],
  ["ImageNet's, in 0..1", network("float32", ["Sub", [0.485, 0.456, 0.406]], ["Div", [0.229, 0.224, 0.225]]), "0..1"],
  ["2x - 1", network("float32", ["Mul", 2], ["Add", -1]), "0..1"],
  ["x + 0.01", network("float32", ["Add", 0.01]), undefined],
])("a model that begins with %s takes %s", (_, model, range) => expect(ownRange(model)).toBe(range));

test("a model's own normalisation counts the epsilon that it says", () => {
  const model = (attributes: Record<string, Attribute>): Model => {
    const b = new GraphBuilder("network");
    const x = b.input("pixels", "float32", ["batch", 3, 8, 8]);
    const all = (value: number) => b.constant(float32([value, value, value]));
    b.setOutputs({ y: b.op("BatchNormalization", [x, all(1), all(0), all(0), all(1e-4)], attributes) });
    return b.model();
  };
  // 1 / √(10⁻⁴ + ε): no range has 95 times its numbers, bytes have a hundredth.
  expect(ownRange(model({}))).toBeUndefined();
  expect(ownRange(model({ epsilon: new Float(1e4) }))).toBe("0..255");
});

test("of measured candidates the likeliest is taken that is level with the best", () => {
  const hits = (right: number) => Array.from({ length: 100 }, (_, i) => (i < right ? 1 : 0));
  expect(likeliest([hits(50), hits(80), hits(81)])).toBe(1);
  expect(likeliest([hits(80), hits(80)])).toBe(0);
  for (let n = 4; n < 200; n++)
    expect(likeliest([1, 2].map((right) => Array.from({ length: n }, (_, i) => Number(i < right))))).toBe(0);
  expect(likeliest([hits(10), hits(50), hits(90)])).toBe(2);
  expect(new Set(usualNormalisations.map(({ name }) => name)).size).toBe(usualNormalisations.length);
});
