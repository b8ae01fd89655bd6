import { buildOn, loadModel, writeModel, type Model } from "@taskhead/autograd";
import { beforeAll, describe, expect, test } from "vitest";
import { engine } from "../../test/tiny-task.js";
import { tinyGin, triangles } from "../../test/tiny-gin.js";
import { openBackbone } from "../backbone/backbone.js";
import { findBlocks } from "../backbone/blocks.js";
import { mergeWeights } from "../backbone/split.js";
import { withoutOutputs } from "../engine/weights.js";
import { layerMovement } from "../explain/layer-movement.js";
import { adaptation } from "../measures/adaptation.js";
import { extractFeatures } from "../backbone/features.js";
import type { TypedInput } from "../backbone/modality.js";
import { selected, upTo } from "../data/samples.js";
import { withSession } from "../engine/with-session.js";
import { exportModel } from "../finetune/export.js";
import { linearHead } from "../heads/index.js";
import { classification } from "../objectives/classification.js";
import { rocAuc } from "../objectives/roc-auc.js";
import { random } from "../data/random.js";
import { memoryStore } from "../tune/store/store.js";
import type { TuneEvent } from "../tune/progress.js";
import type { TuneResults } from "../tune/results.js";
import { tune } from "../tune/tune.js";
import { nodesOf } from "./graphs.js";
import { toldGraphs } from "./input.js";
import { graphInputs } from "./inputs.js";
import { graphs } from "./modality.js";
import { graphSamples } from "./samples.js";
import { featuriserOf } from "./served.js";

const names = { x: "node_feat", edges: "bonds", of: "graph_ids", counts: "graph_sizes" };
const featuriser = { name: "ogb", versions: { rdkit: "2026.09.1" } };
const source = triangles(12, 3);

const inputsOf = (bytes: Uint8Array): TypedInput[] =>
  loadModel(bytes).graph.inputs.map(({ name, type }) => ({ name, ...type! }));

async function featuresOf(bytes: Uint8Array, options: { features?: string; pooling?: "mean" | "sum" } = {}) {
  const modality = graphs();
  const backbone = openBackbone(bytes, { modality, ...options });
  const samples = await modality.open(source, engine, backbone.inputs);
  return { backbone, samples, z: await extractFeatures(engine, backbone, samples, { batch: 5 }) };
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) expect(actual[i]).toBeCloseTo(expected[i]!, 5);
}

describe("features of graphs", () => {
  test("are those below the head, whatever a graph is joined with and whatever inputs are called", async () => {
    const { backbone, samples, z } = await featuresOf(tinyGin());
    expect(backbone).toMatchObject({ width: 8 });
    expect(backbone.found).toMatch(/the input of the last linear layer/);
    const alone = await extractFeatures(engine, backbone, selected(samples, [7]));
    expectClose(z.subarray(56, 64), alone);
    expectClose((await featuresOf(tinyGin({ names }))).z, z);
    expectClose((await featuresOf(tinyGin({ elements: true }))).z, z);
  });

  test("are the output of a model without a head, and the mean or the sum of a model's nodes", async () => {
    const { z } = await featuresOf(tinyGin());
    const { backbone, z: pooled } = await featuresOf(tinyGin({ until: "graphs" }));
    expect(backbone.found).toMatch(/Features are the output 'pooled'/);
    expectClose(pooled, z);
    const nodes = await featuresOf(tinyGin({ until: "nodes" }));
    expect(nodes.backbone.found).toMatch(/the output 'hidden', .*averaged over nodes by 'batch', 8 per sample/);
    expect(nodes.backbone.inputs.map(({ name }) => name)).toEqual(["x", "edge_index", "edge_attr", "batch"]);
    expectClose(nodes.z, z);
    const sums = await featuresOf(tinyGin({ until: "nodes" }), { pooling: "sum" });
    expect(sums.backbone.found).toMatch(/summed over nodes/);
    expectClose(
      sums.z,
      z.map((value, i) => value * nodesOf(source, Math.floor(i / 8))),
    );
  });

  test("of nodes have no first one, and codes may be numbers to a model", async () => {
    expect(() => openBackbone(tinyGin({ until: "nodes" }), { modality: graphs(), pooling: "cls" })).toThrow(
      /a vector for each node, which pooling cls does not pool; take mean or sum/,
    );
    expect((await featuresOf(tinyGin({ floats: true }))).backbone.width).toBe(8);
  });
});

test("it is said which input was taken for which", () => {
  expect(toldGraphs(loadModel(tinyGin()))).toEqual(["The model takes x, edge_index, edge_attr, batch, node_counts."]);
  expect(toldGraphs(loadModel(tinyGin({ names })))).toEqual([
    "The model takes 'node_feat' as x, 'bonds' as edge_index, edge_attr, 'graph_ids' as batch, 'graph_sizes' as node_counts; option inputs says it otherwise.",
  ]);
});

describe("an exported model", async () => {
  const bytes = tinyGin({ names });
  const modality = graphs({ featuriser });
  const backbone = openBackbone(bytes, { modality });
  const head = linearHead();
  const weights = head.initial(random(2), backbone.width, 2);
  const model = modality.served(exportModel(backbone, head, classification(2), weights));
  const served = writeModel(model);

  test("takes the original's inputs, and says in file and config.json what makes its features", () => {
    expect(inputsOf(served).map(({ name }) => name)).toEqual(inputsOf(bytes).map(({ name }) => name));
    expect(featuriserOf(loadModel(served))).toEqual(featuriser);
    expect(modality.servedFiles({ objective: classification(2), outputs: ["no", "yes"] })).toMatchObject({
      "config.json": {
        problem_type: "single_label_classification",
        id2label: { 0: "no", 1: "yes" },
        featuriser,
      },
    });
  });

  test("gives what the head makes of the features, and is a backbone in turn", async () => {
    const samples = await modality.open(source, engine, backbone.inputs);
    const z = await extractFeatures(engine, backbone, samples);
    const [w, bias] = [weights.get("head.weight")!, weights.get("head.bias")!];
    const expected = upTo(source.count).flatMap((n) =>
      [0, 1].map((c) => upTo(8).reduce((sum, j) => sum + z[n * 8 + j]! * w[c * 8 + j]!, bias[c]!)),
    );
    const logits: number[] = [];
    await withSession(engine, loadModel(served), async (session) => {
      for await (const { feeds } of modality.servedBatches(source, engine, inputsOf(served)))
        logits.push(...((await session.run(feeds))["logits"]!.data as Float32Array));
    });
    expectClose(logits, expected);
    const again = openBackbone(served, { modality });
    expect(again.inputs.map(({ name }) => name)).toEqual(backbone.inputs.map(({ name }) => name));
    expectClose(await extractFeatures(engine, again, await modality.open(source, engine, again.inputs)), z);
  });
});

describe("a whole tuning on graphs: whether there is a triangle", () => {
  const [train, validation, test_] = [triangles(96, 1), triangles(48, 2), triangles(24, 4)];
  const run = (store = memoryStore(), onProgress: (event: TuneEvent) => void = () => {}, signal?: AbortSignal) =>
    tune({
      engine,
      modality: graphs({ featuriser }),
      backbone: { bytes: tinyGin({ elements: true }) },
      sets: { train: { source: train }, validation: { source: validation }, test: { source: test_ } },
      outputs: ["none", "triangle"],
      store,
      settings: { metric: "roc-auc", taus: [0, 2], epochs: 3, batch: 16, lr: 0.05, seed: 3 },
      onProgress,
      ...(signal ? { signal } : {}),
    });
  const timeless = ({ rows }: TuneResults) => rows.map((row) => ({ ...row, seconds: null }));
  const store = memoryStore();
  let results: TuneResults;
  beforeAll(async () => void (results = await run(store)));

  test("probes, fine-tunes, and moves features the more the more energy is left", () => {
    const { probing, rows, best } = results;
    expect(probing.at(-1)!.energy).toBeLessThan(probing[0]!.energy!);
    expect(rows.map(({ tau }) => tau)).toEqual([0, 2]);
    expect(results.metric).toMatchObject({ name: "ROC-AUC", chance: 0.5 });
    for (const row of rows) expect(row.euclidean).toBeGreaterThan(0.01);
    expect(best!.validationScore).toBeGreaterThan(0.8);
    expect(best!.testScore).toBeGreaterThan(0.7);
  });

  test("exports what it scored, with what its logits stand for", async () => {
    const config = JSON.parse(new TextDecoder().decode((await store.read("model/config.json"))!)) as unknown;
    expect(config).toMatchObject({ id2label: { 0: "none", 1: "triangle" }, featuriser });
    const bytes = (await store.read("model/onnx/model.onnx"))!;
    const margins: number[] = [];
    await withSession(engine, loadModel(bytes), async (session) => {
      for await (const { count, feeds } of graphs().servedBatches(validation, engine, inputsOf(bytes))) {
        const q = (await session.run(feeds))["logits"]!.data as Float32Array;
        for (let n = 0; n < count; n++) margins.push(q[2 * n + 1]! - q[2 * n]!);
      }
    });
    const { value } = rocAuc(margins, [...validation.targets.data]);
    expect(value).toBeCloseTo(results.best!.validationScore, 12);
  });

  test("goes on to the same after a stop in fine-tuning", async () => {
    const stopped = memoryStore();
    const controller = new AbortController();
    const stop = (event: TuneEvent): void => {
      if (event.kind === "progress" && event.task.startsWith("fine-tuning, tau 2") && event.done === 7)
        controller.abort(new Error("enough"));
    };
    await expect(run(stopped, stop, controller.signal)).rejects.toThrow("enough");
    const rest = await run(stopped);
    expect(timeless(rest)).toEqual(timeless(results));
  });
});

describe.each([[false], [true]])("the layers of a graph network, summed by ScatterElements: %s", (elements) => {
  const before = openBackbone(tinyGin({ elements }), { modality: graphs() });
  const samples = (count: number) => graphSamples(engine, triangles(count, 4), graphInputs(before.inputs));

  test("begin where edges bring something to nodes; what is cached and cut stays one", () => {
    expect(findBlocks(before)).toHaveLength(1);
    const blocks = findBlocks(before, { nodes: true });
    expect(blocks.map(({ layers, parameters }) => [layers, parameters])).toEqual([
      [1, ["bonds.weight", "1.weight"]],
      [1, ["2.weight"]],
    ]);
  });

  test("are told apart in how far they moved, each graph by the mean over its nodes", async () => {
    const weight = (before.model.graph.initializers.get("2.weight")!.data as Float32Array).map((w) => w + 0.1);
    const after = mergeWeights(before, new Map([["2.weight", weight]]));
    const [first, second] = await layerMovement({ engine, before, after, sets: [samples(12)] });
    expect([first!.pooled, first!.shape]).toEqual([true, [8]]);
    expect(first!.moved[0]).toMatchObject({ distance: 0 });
    expect(first!.moved[0]!.cka).toBeCloseTo(1, 6);
    // The features are the second layer's mean over nodes, by the model's own pooling.
    const [z0, zT] = [
      await extractFeatures(engine, before, samples(12)),
      await extractFeatures(engine, after, samples(12)),
    ];
    expect(second!.moved[0]!.distance).toBeCloseTo(adaptation(z0, zT, 8).euclidean, 5);
    const sizes = triangles(12, 4).nodeStarts;
    const values = await withSession(engine, showingNodes(before.model, first!.output), (session) =>
      samples(12)
        .feeds(upTo(12))
        .then((feeds) => session.run(feeds)),
    );
    const nodes = values["shown"]!.data as Float32Array;
    const lengths = upTo(12).map((n) => {
      const own = upTo(sizes[n + 1]! - sizes[n]!).map((i) =>
        nodes.subarray(8 * (sizes[n]! + i), 8 * (sizes[n]! + i + 1)),
      );
      return Math.hypot(...upTo(8).map((c) => own.reduce((sum, node) => sum + node[c]! / own.length, 0)));
    });
    expect(first!.moved[0]!.norm).toBeCloseTo(
      lengths.reduce((sum, one) => sum + one / 12, 0),
      5,
    );
  });
});

function showingNodes(model: Model, value: string): Model {
  const b = buildOn(withoutOutputs(model));
  b.setOutputs({ shown: value });
  return b.model();
}
