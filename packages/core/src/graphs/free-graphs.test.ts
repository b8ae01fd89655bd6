import { float32, loadModel, writeModel, type Model } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { sharedFile, withShared } from "../../test/shared.js";
import { tinyGin, triangles } from "../../test/tiny-gin.js";
import { engine } from "../../test/tiny-task.js";
import { openBackbone } from "../backbone/backbone.js";
import { extractFeatures } from "../backbone/features.js";
import { withSession } from "../engine/with-session.js";
import { decodeSafetensors } from "../tune/store/safetensors.js";
import { withFreeGraphs } from "./free-graphs.js";
import type { Graphs } from "./graphs.js";
import { mendedGraphs, toldGraphs } from "./input.js";
import { graphs } from "./modality.js";

const modality = graphs();
const source = triangles(7, 9);

/** The tiny network as an export that counted three graphs once and for all: its pooling sums into three rows. */
function countedOnce(): Model {
  const model = loadModel(tinyGin());
  const { graph } = model;
  const pooling = graph.nodes.findLast(({ opType }) => opType === "ScatterND")!;
  const nodes = graph.nodes.map((node) =>
    node === pooling ? { ...node, inputs: ["zeros", ...node.inputs.slice(1)] } : node,
  );
  const initializers = new Map([...graph.initializers, ["zeros", float32(new Float32Array(24), [3, 8])] as const]);
  return { ...model, graph: { ...graph, nodes, initializers } };
}

async function featuresOf(model: Uint8Array): Promise<number[]> {
  const backbone = openBackbone(model, { modality });
  return [...(await extractFeatures(engine, backbone, await modality.open(source, engine, backbone.inputs)))];
}

test("an export for three graphs pools as many as a batch has, and it is said", async () => {
  const model = countedOnce();
  expect(withFreeGraphs(model, "batch").were).toBe(3);
  expect(toldGraphs(model)[1]).toBe(
    "The file was exported for 3 graphs at a time; it is taken for any number, as 'batch' has.",
  );
  expect(await featuresOf(writeModel(model))).toEqual(await featuresOf(tinyGin()));
});

test("an export for any number stays as it is", () => {
  const model = loadModel(tinyGin());
  expect(mendedGraphs(model)).toBe(model);
});

withShared("cases/models/pyg-gcn", () => {
  const bytes = sharedFile("cases/models/pyg-gcn/model.onnx");
  const { tensors } = decodeSafetensors(sharedFile("cases/models/pyg-gcn/oracle.safetensors"), "oracle.safetensors");
  const mended = mendedGraphs(loadModel(bytes));

  test("PyTorch Geometric's GCN gives PyTorch's logits", async () => {
    const fed = (name: string) => tensors.get(`input.${name}`)!;
    const feeds = {
      x: engine.tensor("float32", fed("x").data as Float32Array, fed("x").shape),
      edge_index: engine.tensor("int64", fed("edge_index").data as BigInt64Array, fed("edge_index").shape),
      batch: engine.tensor("int64", fed("batch").data as BigInt64Array, fed("batch").shape),
    };
    const { logits } = await withSession(engine, mended, (session) => session.run(feeds));
    const theirs = tensors.get("logits")!.data as Float32Array;
    theirs.forEach((q, i) => expect(logits!.data[i]).toBeCloseTo(q, 5));
  });

  test("PyTorch Geometric's GCN says the same of a graph, however many there are", async () => {
    const { edges: _, ...bare } = triangles(5, 2);
    const nodes = Float32Array.from({ length: 6 * bare.nodes.length }, (__, i) => Math.sin(i * i));
    const all: Graphs = { ...bare, nodes, nodeWidth: 6, edgeWidth: 0 };
    const samples = await modality.open(all, engine, openBackbone(bytes, { modality }).inputs);
    await withSession(engine, mended, async (session) => {
      const run = async (indices: number[]) => (await session.run(await samples.feeds(indices)))["logits"]!;
      const together = await run([0, 1, 2, 3, 4]);
      expect(together.dims).toEqual([5, 5]);
      for (const indices of [[3], [4, 0]]) {
        const logits = await run(indices);
        expect(logits.dims).toEqual([indices.length, 5]);
        const own = indices.flatMap((i) => Array.from((together.data as Float32Array).slice(5 * i, 5 * i + 5)));
        own.forEach((q, i) => expect(logits.data[i]).toBeCloseTo(q, 5));
      }
    });
  });
});
