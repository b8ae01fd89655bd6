import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { modelFrom, node } from "../test/models.js";
import { appendGradients } from "./append-gradients.js";
import { buildOn } from "./lower/build-on.js";
import { Floats, type Attribute, type Model, type Node } from "./graph/model.js";
import { float32, int64, sizeOf, type Shape, type Tensor as Constant } from "./graph/tensor.js";
import { protoOf } from "./io/data-types.js";
import { writeModel } from "./io/write.js";

interface Free {
  readonly x: readonly number[];
  readonly nodes: Node[];
  readonly constants?: Record<string, Constant>;
  readonly weights?: Record<string, readonly number[]>;
  /** Sizes that stay free, besides those above 1 in every place: the axes named. */
  readonly open: readonly number[];
  readonly opset?: number;
}

const wave = (n: number, phase: number) =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(2.3 * i * i + 1.7 * i + phase));

/** ∂Σ y²/∂ of x and the weights, with sizes as given: named or fixed. */
async function gradients(c: Free, open: readonly number[]): Promise<Record<string, number[]>> {
  const shape: Shape = c.x.map((d, i) => (open.includes(i) ? `d${i}` : d));
  const weights = Object.entries(c.weights ?? {});
  const model: Model = modelFrom({
    inputs: { x: shape, ...Object.fromEntries(weights) },
    nodes: c.nodes,
    outputs: ["y"],
    initializers: c.constants ?? {},
    opset: c.opset ?? 21,
  });
  const b = buildOn(model);
  const loss = b.op("ReduceSum", [b.mul("y", "y")], { keepdims: 0 });
  const wrt = ["x", ...weights.map(([name]) => name)];
  const found = [...appendGradients(b, loss, wrt)].map(([name, g]) => [`g.${name}`, g]);
  b.setOutputs({ y: "y", ...(Object.fromEntries(found) as Record<string, string>) });
  const session = await InferenceSession.create(writeModel(b.model()), { logSeverityLevel: 4, intraOpNumThreads: 1 });
  const feeds = [["x", c.x] as const, ...weights].map(([name, s], i) => [
    name,
    new Tensor("float32", wave(sizeOf(s), i), s),
  ]);
  const given = Object.fromEntries(feeds.filter(([name]) => session.inputNames.includes(name as string))) as Record<
    string,
    Tensor
  >;
  const results = await session.run(given);
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, t]) => [name, [...t.dims, ...Array.from(t.data as Float32Array)]]),
  );
}

/** A free size changes no gradient: those of fixed sizes are checked against finite differences (rules/gradients.test.ts). */
async function expectAlike(c: Free): Promise<void> {
  const [free, fixed] = [await gradients(c, c.open), await gradients(c, [])];
  for (const [name, values] of Object.entries(fixed)) {
    expect(free[name], name).toHaveLength(values.length);
    const scale = Math.max(1, ...values.map(Math.abs));
    values.forEach((v, i) => expect(Math.abs(v - free[name]![i]!), `${name} ${i}`).toBeLessThan(1e-4 * scale));
  }
}

const one = (opType: string, inputs: string, attributes: Record<string, Attribute> = {}) => [
  node(opType, inputs, "y", attributes),
];

const spatial = (length: number) => [2, 4, ...[9, 8, 5].slice(0, length)];
const openAxes = (length: number) => [0, ...[2, 3, 4].slice(0, length)];
const repeat = (length: number, v: number) => Array.from({ length }, () => v);

const windows: [string, Record<string, Attribute>, number][] = [1, 2, 3].flatMap(
  (n): [string, Record<string, Attribute>, number][] => [
    ["plain", {}, n],
    ["padded", { pads: repeat(2 * n, 1) }, n],
    ["strided, padded at one end", { strides: repeat(n, 2), pads: [...repeat(n, 0), ...repeat(n, 1)] }, n],
    ["strided by 3", { strides: repeat(n, 3) }, n],
    ["dilated", { dilations: repeat(n, 2), pads: repeat(2 * n, 2) }, n],
    ["same, upper", { auto_pad: "SAME_UPPER", strides: repeat(n, 2) }, n],
    ["same, lower", { auto_pad: "SAME_LOWER", strides: repeat(n, n === 1 ? 3 : 1) }, n],
  ],
);

describe("windows over free sizes", () => {
  it.each(windows)("Conv %s, %o over %d axes", (_, form, n) =>
    expectAlike({
      x: spatial(n),
      open: openAxes(n),
      weights: { w: [6, n === 2 ? 2 : 4, ...repeat(n, n === 3 ? 2 : 3)], b: [6] },
      nodes: one("Conv", "x w b", { ...form, group: n === 2 ? 2 : 1, kernel_shape: repeat(n, n === 3 ? 2 : 3) }),
    }),
  );

  it.each([
    [{}],
    [{ strides: [2], pads: [1, 1] }],
    [{ strides: [3], output_padding: [2], pads: [1, 0] }],
    [{ strides: [2], dilations: [2], output_padding: [1] }],
    [{ strides: [2], auto_pad: "SAME_UPPER" }],
  ])("ConvTranspose %o", (form) =>
    expectAlike({
      x: [2, 4, 5],
      open: [0, 2],
      weights: { w: [4, 3, 3], b: [3] },
      nodes: one("ConvTranspose", "x w b", { ...form, kernel_shape: [3] }),
    }),
  );

  const pools: [string, Record<string, Attribute>][] = ["MaxPool", "AveragePool", "LpPool"].flatMap(
    (op): [string, Record<string, Attribute>][] => [
      [op, { kernel_shape: [2, 2], strides: [2, 2] }],
      [op, { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] }],
      [op, { kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_UPPER" }],
      [op, { kernel_shape: [3, 3], strides: [1, 1], auto_pad: "SAME_LOWER" }],
      ...(op === "LpPool"
        ? []
        : [
            [op, { kernel_shape: [3, 3], strides: [2, 3], pads: [1, 1, 1, 1], ceil_mode: 1 }] as [
              string,
              Record<string, Attribute>,
            ],
          ]),
      ...(op === "AveragePool"
        ? [
            [op, { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 }] as [
              string,
              Record<string, Attribute>,
            ],
          ]
        : []),
    ],
  );
  it.each([...pools, ["MaxPool", { kernel_shape: [2, 2], dilations: [2, 3], pads: [1, 1, 1, 1] }]] as [
    string,
    Record<string, Attribute>,
  ][])("%s %o", (op, form) => expectAlike({ x: [2, 3, 8, 7], open: [0, 2, 3], nodes: one(op, "x", form) }));

  it.each(["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"])("%s", async (op) => {
    await expectAlike({ x: [2, 3, 7], open: [0, 2], nodes: one(op, "x") });
    await expectAlike({ x: [2, 3, 4, 5], open: [0, 3], nodes: one(op, "x") });
  });
});

describe("what moves elements of free sizes", () => {
  const ints = (...values: number[]) => int64(values);
  const slices: [number[], number[], number[]][] = [
    [[1], [1e9], [1]],
    [[-3], [1e9], [1]],
    [[-1e9], [-2], [1]],
    [[0], [40], [1]],
    [[2], [-1], [2]],
    [[-1], [-1e9], [-1]],
    [[-2], [1], [-2]],
    [[5], [-(2 ** 40)], [-3]],
  ];
  it.each(slices)("Slice from %j to %j by %j", (start, end, step) =>
    expectAlike({
      x: [2, 7, 3],
      open: [0, 1],
      constants: { s: ints(...start), e: ints(...end), a: ints(1), t: ints(...step) },
      nodes: one("Slice", "x s e a t"),
    }),
  );

  it("Slice by sizes, from either end", () =>
    expectAlike({
      x: [3, 6, 4],
      open: [1, 2],
      constants: { a: ints(1), end: ints(1e9) },
      nodes: [
        node("Shape", "x", "s", { start: 2, end: 3 }),
        node("Neg", "s", "from"),
        node("Slice", "x from end a", "last"),
        node("Slice", "x s end a", "rest"),
        node("Concat", "last rest", "y", { axis: 1 }),
      ],
    }));

  it.each(["constant", "reflect", "edge", "wrap"])("Pad %s, by amounts of the run", (mode) =>
    expectAlike({
      x: [2, 5, 6],
      open: [0, 1, 2],
      constants: { zeros: ints(0, 0), one: ints(1), two: ints(2) },
      nodes: [
        node("Shape", "x", "s", { start: 1, end: 2 }),
        node("Div", "s two", "half"),
        node("Concat", "zeros half zeros one", "pads", { axis: 0 }),
        node("Pad", "x pads", "y", { mode }),
      ],
    }),
  );

  it("Expand, Tile and Reshape by shapes of the run", () =>
    expectAlike({
      x: [2, 1, 3],
      open: [0, 2],
      constants: { one: ints(1), rest: ints(-1, 3), four: ints(4) },
      nodes: [
        node("Shape", "x", "n", { start: 0, end: 1 }),
        node("Shape", "x", "m", { start: 2, end: 3 }),
        node("Concat", "n four m", "wide", { axis: 0 }),
        node("Expand", "x wide", "e"),
        node("Concat", "one n m", "times", { axis: 0 }),
        node("Tile", "e times", "t"),
        node("Reshape", "t rest", "y"),
      ],
    }));

  it("Reshape with 0 and −1, DepthToSpace, Split and Squeeze without axes", async () => {
    await expectAlike({
      x: [2, 4, 3, 5],
      open: [0, 2, 3],
      constants: { to: ints(0, 2, 2, -1) },
      nodes: one("Reshape", "x to"),
    });
    for (const mode of ["CRD", "DCR"])
      await expectAlike({ x: [2, 8, 3, 2], open: [0, 2, 3], nodes: one("DepthToSpace", "x", { blocksize: 2, mode }) });
    await expectAlike({
      x: [2, 7],
      open: [0, 1],
      nodes: [node("Split", "x", "a b c", { axis: 1, num_outputs: 3 }), node("Concat", "c a", "y", { axis: 1 })],
    });
    await expectAlike({ x: [2, 1, 3, 1], open: [0, 2], nodes: one("Squeeze", "x") });
  });

  const coordinates = ["half_pixel", "align_corners", "asymmetric"];
  it.each(["nearest", "linear", "cubic"].flatMap((mode) => coordinates.map((how) => [mode, how])))(
    "Resize %s, %s",
    async (mode, how) => {
      const form = { mode: mode!, coordinate_transformation_mode: how! };
      const x = [2, 3, 5, 4];
      const scales = new Floats([1, 1, 1.6, 2]).values;
      await expectAlike({ x, open: [0, 2, 3], constants: { s: float32(scales) }, nodes: one("Resize", "x _ s", form) });
      await expectAlike({
        x,
        open: [0, 2, 3],
        constants: { two: ints(1, 1, 2, 1), less: ints(0, 0, 1, 1) },
        nodes: [
          node("Shape", "x", "s"),
          node("Mul", "s two", "d"),
          node("Sub", "d less", "to"),
          node("Resize", "x _ _ to", "y", form),
        ],
      });
    },
  );
});

describe("sums over axes that may be repeated", () => {
  it("a free size that turns out to be 1 is summed over", async () => {
    const free = { x: [1, 3], open: [0], weights: { w: [4, 3] }, nodes: one("Mul", "x w") };
    await expectAlike(free);
    await expectAlike({ ...free, x: [4, 3] });
  });

  it("two free sizes of different names broadcast to each other", async () => {
    const nodes = [node("Transpose", "x", "t", { perm: [1, 0] }), node("Add", "x t", "y")];
    for (const x of [
      [1, 4],
      [4, 1],
      [3, 3],
    ])
      await expectAlike({ x, open: [0, 1], nodes });
  });
});

it("gathers what data chose: the positions that are not 0", () =>
  expectAlike({
    x: [4, 3],
    open: [0],
    constants: { low: float32([0], []), first: int64([0]) },
    nodes: [
      node("Greater", "x low", "m"),
      node("NonZero", "m", "at"),
      node("Transpose", "at", "places", { perm: [1, 0] }),
      node("GatherND", "x places", "y"),
    ],
  }));

it("folds float arithmetic on sizes as the runtime rounds it", () => {
  const b = buildOn(
    modelFrom({
      inputs: { x: [2, 3, 33] },
      initializers: { two: float32([2]), low: float32([0], []), zeros: int64([0, 0, 0, 0, 0]) },
      nodes: [
        node("Shape", "x", "s", { start: 2 }),
        node("Cast", "s", "f", { to: protoOf("float32") }),
        node("Div", "f two", "h"),
        node("Ceil", "h", "c"),
        node("Mul", "c two", "d"),
        node("Sub", "d f", "e"),
        node("Clip", "e low", "k"),
        node("Cast", "k", "i", { to: protoOf("int64") }),
        node("Concat", "zeros i", "pads", { axis: 0 }),
        node("Pad", "x pads", "y"),
      ],
      outputs: ["y"],
    }),
  );
  expect(b.shape("y")).toEqual([2, 3, 34]);
});

describe("inputs that say which form an operator takes", () => {
  it.each(["Unsqueeze", "Squeeze", "ReduceSum", "ReduceMax", "ReduceMean"])("%s refuses axes of the run", (op) => {
    const model = modelFrom({ inputs: { x: [3, 1, 5] }, nodes: one(op, "x axes"), outputs: ["y"] });
    model.graph.inputs.push({ name: "axes", type: { dtype: "int64", shape: [1] } });
    expect(() => buildOn(model)).toThrow(/^\w+ 'node\/y': its axes are computed at run time; make them constant$/);
  });

  it("Slice and Pad refuse axes of the run", () => {
    const given = { s: int64([1]), e: int64([2]), p: int64([1, 1]) };
    for (const nodes of [one("Slice", "x s e axes"), one("Pad", "x p _ axes")]) {
      const model = modelFrom({ inputs: { x: [3, 4] }, nodes, outputs: ["y"], initializers: given });
      model.graph.inputs.push({ name: "axes", type: { dtype: "int64", shape: [1] } });
      expect(() => buildOn(model)).toThrow(/its axes are computed at run time; make them constant/);
    }
  });
});
