import { describe, expect, it } from "vitest";
import { GraphBuilder, type Value } from "../builder.js";
import type { Attribute, Model } from "../graph/model.js";
import { forOldestRuntime, oldestRuntime } from "./oldest-runtime.js";

function model(opType: string, attributes: Record<string, Attribute> = {}, domain = ""): Model {
  const b = new GraphBuilder("test");
  const x = b.input("x", "float32", ["batch", 3, 8, 8]);
  b.setOutputs({ y: b.op("Relu", [x]) as Value });
  const made = b.model();
  const node = { name: "n", opType, domain, inputs: ["x"], outputs: ["y"], attributes };
  return { ...made, graph: { ...made.graph, nodes: [node] } };
}

const declared = (made: Model): [opset: number | undefined, ir: number] => [made.opsets.get(""), made.irVersion];

describe("the oldest runtime", () => {
  it.each<[string, Record<string, Attribute>, number, number, string]>([
    ["Relu", {}, 18, 8, "1.14"],
    ["Resize", { antialias: 1 }, 18, 8, "1.14"],
    ["AveragePool", { kernel_shape: [2, 2], dilations: [1, 1] }, 18, 8, "1.14"],
    ["AveragePool", { kernel_shape: [2, 2], dilations: [2, 1] }, 19, 9, "1.15"],
    ["Pad", { mode: "wrap" }, 19, 9, "1.15"],
    ["Gelu", {}, 20, 9, "1.17"],
    ["GroupNormalization", { num_groups: 3 }, 21, 10, "1.18"],
    ["NotKnownHere", {}, 21, 10, "1.18"],
  ])("takes %s with %j from operator set %i on", (opType, attributes, opset, ir, runtime) => {
    const older = forOldestRuntime(model(opType, attributes));
    expect(declared(older)).toEqual([opset, ir]);
    expect(oldestRuntime(older)).toBe(runtime);
  });

  it("goes by what subgraphs need", () => {
    const inner = model("Gelu").graph;
    expect(declared(forOldestRuntime(model("Scan", { body: inner, num_scan_inputs: 1 })))).toEqual([20, 9]);
  });

  it("leaves other domains and what is older already", () => {
    expect(declared(forOldestRuntime(model("Gelu", {}, "com.microsoft")))).toEqual([18, 8]);
    const old: Model = { ...model("Relu"), opsets: new Map([["", 13]]), irVersion: 7 };
    expect(forOldestRuntime(old)).toBe(old);
  });
});
