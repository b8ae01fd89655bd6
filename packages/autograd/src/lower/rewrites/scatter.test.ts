import { describe, expect, it } from "vitest";
import { checkGradients, feedsOf, gradientModel, modelOf, run, type Case } from "../../../test/gradient-check.js";
import { node } from "../../../test/models.js";
import { buildOn } from "../build-on.js";

const wave = (shape: readonly number[], phase: number) => ({
  shape,
  values: Array.from({ length: shape.reduce((a, d) => a * d, 1) }, (_, i) => Math.sin(3 * i + phase)),
});
const places = [3, 0, 3, 1, -1, 3, 0];
const [rows, width] = [5, 3];
const list = (values: readonly number[]) => ({ shape: [values.length], values, constant: "int64" as const });

/** torch.zeros(5, 3).scatter_add(0, places.unsqueeze(1).expand_as(x), x), on other numbers than zeros. */
const scatterAdd: Case = {
  op: "ScatterElements",
  inputs: [wave([rows, width], 1), wave([places.length, width], 2), list(places), list([1]), list([0, 0])],
  nodes: [
    // Places that a run alone tells: what is known before is computed before.
    node("ReduceMax", "x1", "most", { keepdims: 0 }),
    node("Sign", "most", "sign"),
    node("Cast", "sign", "one", { to: 7 }),
    node("Mul", "x2 one", "places"),
    node("Unsqueeze", "places x3", "column"),
    node("Shape", "x1", "size"),
    node("Expand", "column size", "expanded"),
    node("Shape", "expanded", "own"),
    node("Slice", "x1 x4 own", "cut"),
    node("ScatterElements", "x0 expanded cut", "y0", { axis: 0, reduction: "add" }),
  ],
};

const operatorsOf = (c: Case): string[] => {
  const b = buildOn(modelOf(c));
  const { nodes } = b.model().graph;
  return nodes
    .map((n) => n.opType)
    .filter((opType) => !["ReduceMax", "Sign", "Cast", "Mul", "Unsqueeze", "Identity", "Reshape"].includes(opType));
};

describe("a ScatterElements whose indices are expanded along the other axes", () => {
  it("is a ScatterND of whole rows, without the expanded indices", () => {
    expect(operatorsOf(scatterAdd)).toEqual(["ScatterND"]);
  });

  it("adds what a plain loop adds", async () => {
    const [data, updates] = scatterAdd.inputs;
    const expected = [...data!.values];
    places.forEach((place, i) => {
      for (let j = 0; j < width; j++) expected[((place + rows) % rows) * width + j]! += updates!.values[i * width + j]!;
    });
    const { y0 } = await run(
      gradientModel(scatterAdd, () => 1),
      feedsOf(scatterAdd),
    );
    expected.forEach((value, i) => expect(y0![i]).toBeCloseTo(value, 6));
  });

  it.each(["add", "max", "min"])("has the gradients of its finite differences with reduction %s", async (reduction) => {
    const nodes = scatterAdd.nodes!.map((one) =>
      one.opType === "ScatterElements" ? { ...one, attributes: { axis: 0, reduction } } : one,
    );
    await checkGradients({ ...scatterAdd, nodes });
  });

  it("is one too where there is one axis, and no index to expand", async () => {
    const degrees: Case = {
      op: "ScatterElements",
      inputs: [wave([rows], 1), list(places), wave([places.length], 2)],
      attributes: { axis: -1, reduction: "add" },
    };
    expect(operatorsOf(degrees)).toEqual(["ScatterND"]);
    await checkGradients(degrees);
  });
});

it.each([
  ["along another axis", { axis: 1 }, [rows, places.length], [rows, places.length]],
  ["into a part of each row", { axis: 0 }, [places.length, 2], [rows, width]],
  ["each element elsewhere", { axis: 0 }, [places.length, width], [rows, width]],
])("stays a ScatterElements %s", async (_, { axis }, updates, data) => {
  const size = updates[0]! * updates[1]!;
  const most = axis === 1 ? data[1]! : rows;
  const indices = {
    shape: updates,
    values: Array.from({ length: size }, (__, i) => (i * i) % most),
    constant: "int64" as const,
  };
  const other: Case = {
    op: "ScatterElements",
    inputs: [wave(data, 1), indices, wave(updates, 2)],
    attributes: { axis, reduction: "add" },
  };
  expect(operatorsOf(other)).toEqual(["ScatterElements"]);
  await checkGradients(other);
});

it("leaves a Slice that takes less than all", () => {
  const slice = (end: number): Case => ({
    op: "Slice",
    inputs: [wave([4, 2], 1), list([0]), list([end])],
  });
  expect(operatorsOf(slice(3))).toEqual(["Slice"]);
  expect(operatorsOf(slice(4))).not.toContain("Slice");
});
