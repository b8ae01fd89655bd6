import { adamw, loadModel, sgd, writeModel } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { sharedFile, withShared } from "../test/shared.js";
import { findBlocks } from "./backbone/blocks.js";
import { freezeUntil } from "./backbone/frozen.js";
import { random } from "./data/random.js";
import { runSamples } from "./data/run-samples.js";
import { inOrder, selected, upTo } from "./data/samples.js";
import { pickTargets, targetTensor } from "./data/targets.js";
import { withSession } from "./engine/with-session.js";
import { createTrainer } from "./finetune/training-setup.js";
import {
  arraySamples,
  classification,
  classTargets,
  createEngine,
  exportModel,
  finetune,
  linearHead,
  multiLabel,
  openBackbone,
  probe,
  type Backbone,
  type Data,
  type FinetuneResult,
  type Probing,
  type Samples,
} from "./index.js";
import { decodeSafetensors, type SafetensorsEntry } from "./tune/store/safetensors.js";

const engine = createEngine(ort, { threads: 1 });

interface Oracle {
  readonly model: Uint8Array;
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
}

function oracle(name: string): Oracle {
  const model = sharedFile(`oracles/${name}/model.onnx`);
  const { tensors } = decodeSafetensors(sharedFile(`oracles/${name}/oracle.safetensors`), "oracle.safetensors");
  return { model, tensors };
}

/** The inputs of an oracle whose first axis is the samples', and its class targets. */
function rowsOf({ tensors }: Oracle): Samples {
  const inputs = [...tensors].flatMap(([name, { data, shape }]) =>
    name.startsWith("input.") && !(data instanceof Float64Array)
      ? [[name.slice("input.".length), { data, shape: shape.slice(1) }] as const]
      : [],
  );
  const labels = Array.from(tensors.get("target")!.data as BigInt64Array, Number);
  return arraySamples(engine, Object.fromEntries(inputs), classTargets(labels));
}

/** What the original file says, whatever head it had. */
async function originalLogits({ model }: Oracle, samples: Samples): Promise<Float32Array> {
  return (await withSession(engine, loadModel(model), (session) => runSamples(session, samples)))["logits"]!;
}

/** W z + b */
function affine(z: ArrayLike<number>, w: ArrayLike<number>, bias: ArrayLike<number>): number[] {
  const width = w.length / bias.length;
  return upTo(z.length / width).flatMap((n) =>
    upTo(bias.length).map((c) => upTo(width).reduce((sum, j) => sum + z[n * width + j]! * w[c * width + j]!, bias[c]!)),
  );
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, digits: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) expect(actual[i]).toBeCloseTo(expected[i]!, digits);
}

/** Probes, fine-tunes for some steps, and runs what was exported: features move, the loss falls, the file says the same. */
async function adapted(backbone: Backbone, data: Data, epochs: number, learningRate: number) {
  const { train } = data;
  const probing = await probe(backbone, data, { epochs: 8, batch: 4 });
  const first = probing.stops[0]!;
  expect(probing.stops.at(-1)!.loss).toBeLessThan(first.loss);
  const optimizer = adamw({ weightDecay: 0 });
  const options = { head: probing.at(1).head, epochs, batch: 4, learningRate, optimizer, before: probing.features };
  const run = await finetune(backbone, data, options);
  expect(run.epochs.at(-1)!.loss).toBeLessThan(run.epochs[0]!.loss);
  expect(run.adaptation.train.euclidean).toBeGreaterThan(1e-3);

  const exported = loadModel(writeModel(exportModel(backbone, linearHead(), data.objective, run.last)));
  expect(exported.graph.inputs.map((v) => v.name)).toEqual(backbone.inputs.map((v) => v.name));
  const { logits } = await withSession(engine, exported, (session) => runSamples(session, train));
  expectClose(logits!, affine(run.after.train, run.last.get("head.weight")!, run.last.get("head.bias")!), 4);
  return { probing, run } satisfies { probing: Probing; run: FinetuneResult };
}

withShared("oracles/text_encoder", () => {
  const text = oracle("text_encoder");
  const backbone = openBackbone(text.model);
  const train = rowsOf(text);

  test("takes tokens and their mask, up to what its last layer reads", async () => {
    expect(backbone.inputs.map((v) => v.name)).toEqual(["input_ids", "attention_mask"]);
    const { features } = await probe(backbone, task(train), { epochs: 1 });
    const own = loadModel(text.model).graph.initializers;
    const [w, b] = ["head.weight", "head.bias"].map((name) => own.get(name)!.data as Float32Array);
    expectClose(affine(features.train, w!, b!), text.tensors.get("logits")!.data as Float32Array, 3);
    expect(backbone.parameters).not.toContain("own.head.weight");
  });

  test("does not read what the mask leaves out", async () => {
    const ids = text.tensors.get("input.input_ids")!.data as BigInt64Array;
    const mask = text.tensors.get("input.attention_mask")!.data as BigInt64Array;
    expect(mask).toContain(0n);
    const others = ids.map((id, i) => (mask[i] === 0n ? 3n : id));
    const [input_ids, attention_mask] = [others, mask].map((data) => ({ data, shape: [12] }));
    const padded = arraySamples(engine, { input_ids: input_ids!, attention_mask: attention_mask! }, train.targets);
    const { features } = await probe(backbone, { ...task(train), validation: padded }, { epochs: 1 });
    expectClose(features.validation, features.train, 5);
  });

  test("is probed, fine-tuned and exported", async () => {
    await adapted(backbone, task(train), 4, 1e-3);
  });

  const task = (samples: Samples): Data => ({
    engine,
    objective: classification(7),
    train: samples,
    validation: samples,
  });
});

withShared("oracles/graph_net", () => {
  const graphs = oracle("graph_net");
  const backbone = openBackbone(graphs.model);
  const train = rowsOf(graphs);

  test("takes nodes, their adjacency and their mask, and is probed, fine-tuned and exported", async () => {
    expect(backbone.inputs.map((v) => v.name)).toEqual(["x", "adj", "node_mask"]);
    const data = { engine, objective: classification(3), train, validation: train };
    const { probing } = await adapted(backbone, data, 6, 1e-2);
    const own = loadModel(graphs.model).graph.initializers;
    const [w, b] = ["head.weight", "head.bias"].map((name) => own.get(name)!.data as Float32Array);
    expectClose(affine(probing.features.train, w!, b!), graphs.tensors.get("logits")!.data as Float32Array, 4);
  });

  test("pools the nodes itself where an earlier value is chosen: by the mask, as the network does", async () => {
    const nodes = openBackbone(graphs.model, { features: "/Elu_output_0" });
    expect(nodes.found).toMatch(/averaged over tokens by 'node_mask'/);
    const data = { engine, objective: classification(3), train, validation: train };
    const [own, ours] = [await probe(backbone, data, { epochs: 1 }), await probe(nodes, data, { epochs: 1 })];
    expectClose(ours.features.train, own.features.train, 5);
  });
});

withShared("oracles/gin_multilabel", () => {
  const gin = oracle("gin_multilabel");
  const backbone = openBackbone(gin.model);
  const train = molecules(gin);
  const data: Data = { engine, objective: multiLabel(5), train, validation: train };

  test("takes graphs joined to one, in any order and number", async () => {
    expect(backbone.inputs.map((v) => v.name)).toEqual(["x", "edge_index", "edge_attr", "batch", "node_counts"]);
    const logits = gin.tensors.get("logits")!.data as Float32Array;
    expectClose(await originalLogits(gin, train), logits, 4);
    const some = await originalLogits(gin, selected(train, [6, 1]));
    expectClose(some, [...logits.subarray(30, 35), ...logits.subarray(5, 10)], 4);
  });

  test("is probed, fine-tuned and exported, with labels that were not measured", async () => {
    expect([...train.targets.data].some(Number.isNaN)).toBe(true);
    const { run } = await adapted(backbone, data, 6, 1e-2);
    expect(run.bestContributions).toHaveLength(8);
  });

  test("pools nodes by their graphs where a value per node is chosen", async () => {
    const ofNodes = loadModel(gin.model)
      .graph.nodes.filter((n) => n.opType === "BatchNormalization")
      .at(-1)!.outputs[0]!;
    const pooling = { over: "nodes", take: "sum", of: "batch", counts: "node_counts" } as const;
    const nodes = openBackbone(gin.model, { features: ofNodes, pooling });
    expect(nodes.found).toMatch(/summed over nodes by 'batch'/);
    const { features } = await probe(nodes, data, { epochs: 1, batch: 8 });
    const alone = await probe(nodes, data, { epochs: 1, batch: 1 });
    expectClose(alone.features.train, features.train, 4);
    expect(features.train).toHaveLength(8 * nodes.width);
  });
});

/** A sample is a graph: a batch joins the chosen ones, and numbers their nodes anew. */
function molecules({ tensors }: Oracle): Samples {
  const ints = (name: string): number[] => Array.from(tensors.get(`input.${name}`)!.data as BigInt64Array, Number);
  const [x, ends, attributes, of, counts] = ["x", "edge_index", "edge_attr", "batch", "node_counts"].map(ints) as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  const edges = ends.length / 2;
  const graphs = upTo(counts.length).map((graph) => {
    const nodes = upTo(of.length).filter((n) => of[n] === graph);
    const own = upTo(edges).filter((e) => of[ends[e]!] === graph);
    return {
      nodes: nodes.map((n) => x.slice(9 * n, 9 * n + 9)),
      edges: own.map((e) => [ends[e]! - nodes[0]!, ends[edges + e]! - nodes[0]!] as const),
      attributes: own.map((e) => attributes.slice(3 * e, 3 * e + 3)),
    };
  });
  const int64 = (values: readonly number[], dims: readonly number[]) =>
    engine.tensor("int64", BigInt64Array.from(values, BigInt), dims);
  const { data, shape } = tensors.get("target")!;
  return {
    count: graphs.length,
    targets: { data: data as Float32Array, shape: shape.slice(1) },
    batches: inOrder,
    feeds: async (indices) => {
      const chosen = indices.map((i) => graphs[i]!);
      const sizes = chosen.map((g) => g.nodes.length);
      const offsets = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
      const [nodes, bonds] = [chosen.flatMap((g) => g.nodes), chosen.flatMap((g) => g.attributes)];
      const joined = [0, 1].flatMap((end) => chosen.flatMap((g, i) => g.edges.map((edge) => edge[end]! + offsets[i]!)));
      return {
        x: int64(nodes.flat(), [nodes.length, 9]),
        edge_index: int64(joined, [2, bonds.length]),
        edge_attr: int64(bonds.flat(), [bonds.length, 3]),
        batch: int64(
          sizes.flatMap((size, i) => Array<number>(size).fill(i)),
          [nodes.length],
        ),
        node_counts: int64(sizes, [sizes.length]),
      };
    },
  };
}

withShared("models/minilm-l6/onnx/model.onnx", () => {
  // "a good film", "bad , bad acting .", and the like: numbers of BERT's vocabulary.
  const texts = [
    [101, 1037, 2204, 2143, 102],
    [101, 2919, 1010, 2919, 3772, 1012, 102],
    [101, 2204, 102],
    [101, 1996, 5436, 2003, 2919, 102],
  ];
  const train = padded(texts, [0, 1, 0, 1]);
  const bytes = sharedFile("models/minilm-l6/onnx/model.onnx");
  const backbone = openBackbone(bytes);
  const data: Data = { engine, objective: classification(2), train, validation: train };

  test("has features per token, averaged by the mask, which padding does not change", async () => {
    expect(backbone.inputs.map((v) => v.name)).toEqual(["input_ids", "attention_mask", "token_type_ids"]);
    expect(backbone).toMatchObject({ width: 384, parameterCount: 22565376 });
    expect(backbone.found).toMatch(/averaged over tokens by 'attention_mask'/);
    const [together, alone] = [await probe(backbone, data, { epochs: 1 }), await hiddenOf(bytes, texts)];
    expectClose(
      together.features.train,
      alone.flatMap((tokens) => meanOf(tokens, 384)),
      4,
    );
  });

  test("is probed, fine-tuned and exported", async () => {
    await adapted(backbone, data, 2, 2e-4);
  });

  const second = "/encoder/layer.1/output/LayerNorm/Add_1_output_0";
  const lowest = openBackbone(bytes, { features: second });
  const head = linearHead().initial(random(0), lowest.width, 2);

  test("has the loss and the gradients of a whole batch where it goes in parts, each padded apart", async () => {
    const ascending = [2, 0, 3, 1];
    const target = targetTensor(engine, pickTargets(train.targets, ascending));
    const step = async (samples: Samples) => {
      const given = { head, batch: 4, seed: 0, optimizer: sgd({ momentum: 0.9 }) };
      const { trainer, feeds } = await createTrainer(lowest, data, given, [samples]);
      const { loss } = await trainer.step({ ...(await feeds(samples, ascending)), target }, 0);
      const { tensors } = await trainer.save();
      await trainer.release();
      // After the first step momentum is the gradient.
      return { loss, gradients: [...tensors].filter(([name]) => name.startsWith("momentum.")) };
    };
    const [whole, parts] = [await step(train), await step({ ...train, parts: 2 })];
    expect(parts.loss).toBeCloseTo(whole.loss, 5);
    for (const [i, [name, gradient]] of whole.gradients.entries()) {
      const most = gradient.reduce((m, g) => Math.max(m, Math.abs(g)), 0);
      const off = gradient.reduce((m, g, j) => Math.max(m, Math.abs(g - parts.gradients[i]![1][j]!)), 0);
      // A key's bias shifts all scores of a query alike: its gradient is 0, but for rounding.
      expect(off, name).toBeLessThanOrEqual(name.endsWith("key.bias") ? 1e-7 : 1e-5 * most);
    }
  });

  test("has a block for each layer, and keeps what lies below frozen ones text by text, without padding", async () => {
    expect(findBlocks(backbone)).toHaveLength(6);
    const given = { head, batch: 4, seed: 0 };
    const { frozen, trainer } = await createTrainer(freezeUntil(lowest, 1), data, given, [train]);
    await trainer.release();
    const words = texts.reduce((sum, text) => sum + text.length, 0);
    expect(frozen).toMatchObject({ ends: [findBlocks(lowest)[0]!.output], bytes: 4 * 384 * words, cached: true });
  });
});

/** Texts as token numbers, padded to the longest of their batch; those of like length go together. */
function padded(texts: readonly (readonly number[])[], labels: readonly number[]): Samples {
  const int64 = (rows: readonly (readonly number[])[]) =>
    engine.tensor("int64", BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);
  return {
    count: texts.length,
    targets: classTargets(labels),
    batches: (order, size) =>
      inOrder(
        order.toSorted((a, b) => texts[a]!.length - texts[b]!.length),
        size,
      ),
    feeds: async (indices) => {
      const chosen = indices.map((i) => texts[i]!);
      const places = upTo(Math.max(...chosen.map((text) => text.length)));
      return {
        input_ids: int64(chosen.map((text) => places.map((t) => text[t] ?? 0))),
        attention_mask: int64(chosen.map((text) => places.map((t) => Number(t < text.length)))),
        token_type_ids: int64(chosen.map(() => places.map(() => 0))),
      };
    },
  };
}

/** What the original file gives for every text alone, unpadded: [tokens, 384]. */
async function hiddenOf(bytes: Uint8Array, texts: readonly (readonly number[])[]): Promise<Float32Array[]> {
  const session = await engine.session(bytes);
  const found: Float32Array[] = [];
  for (const text of texts) {
    const outputs = await session.run(await padded([text], [0]).feeds([0]));
    found.push(outputs["last_hidden_state"]!.data as Float32Array);
  }
  await session.release();
  return found;
}

function meanOf(tokens: Float32Array, width: number): number[] {
  const count = tokens.length / width;
  return upTo(width).map((j) => upTo(count).reduce((sum, t) => sum + tokens[t * width + j]! / count, 0));
}
