import fc from "fast-check";
import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { buildOn } from "../lower/build-on.js";
import { ModelError } from "../graph/errors.js";
import { Float, type Graph } from "../graph/model.js";
import { float32, int64, tensorOf } from "../graph/tensor.js";
import { loadModel } from "./load.js";
import { writeModel } from "./write.js";

const branch = (opType: string): Graph => ({
  name: opType,
  inputs: [],
  outputs: [{ name: "inner" }],
  nodes: [node(opType, "c", "inner")],
  initializers: new Map(),
});

const bytes = writeModel(
  modelFrom({
    inputs: { x: ["batch", 1, 4, 4] },
    initializers: {
      k: float32([1, 0, 0, 1], [1, 1, 2, 2]),
      to: int64([0, -1]),
      yes: tensorOf("bool", [], [1]),
      w: float32([1, 2, 3, 4, 5, 6, 7, 8, 9], [9, 1]),
    },
    nodes: [
      node("Conv", "x k", "c", { kernel_shape: [2, 2] }),
      node("If", "yes", "i", { then_branch: branch("Relu"), else_branch: branch("Neg") }),
      node("Reshape", "i to", "r"),
      node("Constant", "", "s", { value_float: new Float(0.5) }),
      node("MatMul", "r w", "m"),
      node("Mul", "m s", "y"),
    ],
    outputs: ["y"],
  }),
);

/** The model with some bytes replaced, or cut short. */
const damaged = fc
  .record({
    changes: fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 6 }),
    length: fc.oneof({ weight: 4, arbitrary: fc.constant(bytes.length) }, fc.nat(bytes.length)),
  })
  .map(({ changes, length }) => {
    const copy = bytes.slice(0, length);
    for (const [at, value] of changes) copy[at] = value;
    return copy;
  });

it("reads damaged bytes or throws a ModelError of one line, and so does the graph they make", () => {
  const seen = { read: 0, refused: 0 };
  fc.assert(
    fc.property(damaged, (copy) => {
      try {
        buildOn(loadModel(copy));
        seen.read++;
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        expect(error.message).not.toContain("\n");
        seen.refused++;
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
  expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(100);
});
