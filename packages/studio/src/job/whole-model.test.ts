import { float32, GraphBuilder, loadModel, writeModel } from "@taskhead/autograd";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withExternalWeights } from "../../../../scripts/studio/external-weights.js";
import { wholeModel } from "./whole-model.js";

const numbers = Array.from({ length: 400 }, (_, i) => i / 8);

/** Relu of a table in a file beside it. */
function parted(name: string): { model: Uint8Array; weights: Uint8Array } {
  const b = new GraphBuilder("parted");
  const x = b.input("x", "float32", ["n", 20]);
  b.setOutputs({ y: b.op("MatMul", [x, b.initializer("w", float32(numbers, [20, 20]))]) });
  return withExternalWeights(writeModel(b.model()), name);
}

/** Of a worker: here a part of a file is its bytes already. */
const fileOf = (bytes: Uint8Array): Blob => ({ slice: (from: number, to: number) => bytes.slice(from, to) }) as never;

beforeEach(
  () =>
    void vi.stubGlobal(
      "FileReaderSync",
      class {
        readAsArrayBuffer = (part: unknown): ArrayBuffer => (part as Uint8Array<ArrayBuffer>).buffer;
      },
    ),
);
afterEach(() => void vi.unstubAllGlobals());

test("weights beside a model are taken into it", () => {
  const { model, weights } = parted("w.bin");
  expect(weights.length).toBe(1600);
  const whole = wholeModel(model, new Map([["w.bin", fileOf(weights)]]));
  expect(loadModel(whole).graph.initializers.get("w")).toEqual(float32(numbers, [20, 20]));
  expect(wholeModel(whole, new Map())).toBe(whole);
});

test("what its files lack, and files elsewhere, are refused", () => {
  const { model, weights } = parted("w.bin");
  const short = new Map([["w.bin", fileOf(weights.subarray(4))]]);
  expect(() => wholeModel(model, short)).toThrow("tensor 'w' lies beyond the end of 'w.bin'; fetch that file again");
  const other = new Map([["other.bin", fileOf(weights)]]);
  expect(() => wholeModel(model, other)).toThrow("'w.bin', which cannot be read: it was not given; put that file");
  expect(() => wholeModel(parted("../w.bin").model, other)).toThrow("'../w.bin', outside the model's folder");
});
