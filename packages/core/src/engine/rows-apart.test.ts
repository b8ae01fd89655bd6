import { addsRows, buildOn, GraphBuilder, loadModel } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { perceptron } from "../../test/perceptron.js";
import { tinyGin } from "../../test/tiny-gin.js";
import { createEngine } from "./create-engine.js";
import { withSession } from "./with-session.js";

/** As many rows as `rows` has, of ones added at places. */
function sums() {
  const b = new GraphBuilder("sums");
  const size = b.op("Shape", [b.input("rows", "float32", ["rows", 16])]);
  const at = b.op("Unsqueeze", [b.input("at", "int64", ["places"]), b.ints([1])]);
  const values = b.input("values", "float32", ["places", 16]);
  b.setOutputs({ y: b.op("ScatterND", [b.op("ConstantOfShape", [size]), at, values], { reduction: "add" }) });
  return b.model();
}

test("networks that sum over edges add rows, whichever operator they were exported with; others do not", () => {
  expect(addsRows(sums())).toBe(true);
  expect(addsRows(loadModel(tinyGin()))).toBe(true);
  expect(addsRows(buildOn(loadModel(tinyGin({ elements: true }))).model())).toBe(true);
  expect(addsRows(loadModel(perceptron()))).toBe(false);
});

test("no sum is lost on an engine of many threads", async () => {
  const engine = createEngine(ort, { threads: 4 });
  const [count, rows] = [60_000, 3];
  const feeds = {
    rows: engine.tensor("float32", new Float32Array(rows * 16), [rows, 16]),
    at: engine.tensor(
      "int64",
      BigInt64Array.from({ length: count }, (_, i) => BigInt(i % rows)),
      [count],
    ),
    values: engine.tensor("float32", new Float32Array(count * 16).fill(1), [count, 16]),
  };
  const { y } = await withSession(engine, sums(), (session) => session.run(feeds));
  expect(new Set(y!.data as Float32Array)).toEqual(new Set([count / rows]));
});
