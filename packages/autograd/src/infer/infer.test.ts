import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { buildOn } from "../lower/build-on.js";
import { ModelError } from "../graph/errors.js";
import type { Graph } from "../graph/model.js";
import { float32, int64, tensorOf } from "../graph/tensor.js";
import { protoOf } from "../io/data-types.js";

it("carries a symbolic batch through convolution, pooling and flattening", () => {
  const b = buildOn(
    modelFrom({
      inputs: { x: ["batch", 3, 32, 32] },
      initializers: { w: float32(new Float32Array(8 * 27), [8, 3, 3, 3]) },
      nodes: [
        node("Conv", "x w", "c", { pads: [1, 1, 1, 1], strides: [2, 2], kernel_shape: [3, 3] }),
        node("MaxPool", "c", "p", { kernel_shape: [2, 2], strides: [2, 2] }),
        node("Flatten", "p", "f"),
      ],
      outputs: ["f"],
    }),
  );
  expect(b.shape("c")).toEqual(["batch", 8, 16, 16]);
  expect(b.shape("p")).toEqual(["batch", 8, 8, 8]);
  expect(b.shape("f")).toEqual(["batch", 512]);
});

it("folds a Shape, Gather, Concat, Reshape chain into one Reshape", () => {
  const b = buildOn(
    modelFrom({
      inputs: { x: ["batch", 6, 10] },
      initializers: { zero: tensorOf("int64", [], [0]), axes: int64([0]), heads: int64([2]), rest: int64([-1]) },
      nodes: [
        node("Shape", "x", "s"),
        node("Gather", "s zero", "n"),
        node("Unsqueeze", "n axes", "n1"),
        node("Concat", "n1 heads rest", "target", { axis: 0 }),
        node("Reshape", "x target", "y"),
      ],
      outputs: ["y"],
    }),
  );
  expect(b.shape("y")).toEqual(["batch", 2, 30]);
  expect(b.model().graph.nodes.map((n) => n.opType)).toEqual(
    ["Reshape", "Identity"].slice(0, b.model().graph.nodes.length),
  );
  expect(b.known(b.model().graph.nodes[0]!.inputs[1]!)?.elements).toEqual([-1, 2, 30]);
});

it("keeps the largest int64, which means the end of an axis, when it folds constants", () => {
  const b = buildOn(
    modelFrom({
      inputs: { x: [4, 5] },
      initializers: {
        end: { dtype: "int64", shape: [], data: new BigInt64Array([2n ** 63n - 1n]) },
        one: int64([1]),
        axes: int64([0]),
      },
      nodes: [node("Unsqueeze", "end axes", "ends"), node("Slice", "x one ends one", "y")],
      outputs: ["y"],
    }),
  );
  expect(b.shape("y")).toEqual([4, 4]);
  expect([...(b.graph.initializers.get("ends")!.data as BigInt64Array)]).toEqual([2n ** 63n - 1n]);
});

const branches = (condition: number | undefined) => {
  const branch = (opType: string): Graph => ({
    name: opType,
    inputs: [],
    outputs: [{ name: "inner" }],
    nodes: [node(opType, "x", "inner")],
    initializers: new Map(),
  });
  return modelFrom({
    inputs: { x: [2] },
    ...(condition === undefined ? {} : { initializers: { c: tensorOf("bool", [], [condition]) } }),
    nodes: [
      ...(condition === undefined
        ? [node("ReduceSum", "x", "sum"), node("Cast", "sum", "c", { to: protoOf("bool") })]
        : []),
      node("If", "c", "y", { then_branch: branch("Exp"), else_branch: branch("Neg") }),
    ],
    outputs: ["y"],
  });
};

it("replaces an If whose condition is constant by its branch", () => {
  expect(buildOn(branches(1)).graph.nodes.map((n) => n.opType)).toContain("Exp");
  expect(buildOn(branches(0)).graph.nodes.map((n) => n.opType)).not.toContain("Exp");
});

it("leaves large results to the runtime, however small the arithmetic that asks for them", () => {
  const b = buildOn(
    modelFrom({
      inputs: { x: [1] },
      initializers: { one: int64([1]), many: int64([2 ** 40]) },
      nodes: [
        node("Tile", "one many", "t"),
        node("Cast", "t", "f", { to: protoOf("float32") }),
        node("Add", "x f", "y"),
      ],
      outputs: ["y"],
    }),
  );
  expect(b.shape("y")).toEqual([2 ** 40]);
});

it("refuses an If whose condition depends on data, by name", () => {
  expect(() => buildOn(branches(undefined))).toThrow(/If 'node\/y': its condition is computed at run time/);
});

it("tells a quantised model from an unknown operator", () => {
  const one = (opType: string) => modelFrom({ inputs: { x: [2] }, nodes: [node(opType, "x", "y")], outputs: ["y"] });
  for (const opType of ["DynamicQuantizeLinear", "DequantizeLinear", "QLinearConv", "MatMulInteger", "MatMulNBits"])
    expect(() => buildOn(one(opType))).toThrow(/quantised; use the unquantised file/);
  expect(() => buildOn(one("Nonsense"))).toThrow(/Nonsense 'node\/y': this operator is not supported/);
});

it("says which input has no declared shape", () => {
  const model = modelFrom({ inputs: {}, nodes: [node("Relu", "x", "y")], outputs: ["y"] });
  model.graph.inputs.push({ name: "x" });
  expect(() => buildOn(model)).toThrow(ModelError);
  expect(() => buildOn(model)).toThrow(/input 'x' has no declared shape/);
});
