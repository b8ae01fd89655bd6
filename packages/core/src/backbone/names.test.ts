import { float32, GraphBuilder, loadModel, renameGraph, writeModel, type Model } from "@taskhead/autograd";
import { describe, expect, test } from "vitest";
import { coloured, data, engine, modality, objective, pixels } from "../../test/tiny-task.js";
import { normals, random } from "../data/random.js";
import { runSamples } from "../data/run-samples.js";
import type { Samples } from "../data/samples.js";
import { withSession } from "../engine/with-session.js";
import { exportModel } from "../finetune/export.js";
import { finetune } from "../finetune/finetune.js";
import { linearHead, mlpHead, type Head } from "../heads/index.js";
import { probe } from "../probe/probe.js";
import { openBackbone } from "./backbone.js";
import { freezeUntil } from "./frozen.js";
import { makeRoom } from "./names.js";

/** Names that graphs of training and export use for what they add: here they are the network's own. */
const own = {
  image: "pixel_values",
  kernel: "head.weight",
  shift: "head.1.weight",
  bias: "pixels.mean",
  gain: "side.alpha",
  conv: "target",
  shifted: "loss",
  active: "next.head.weight",
  scaled: "activated",
  pooled: "z",
  flat: "features",
  fc: "head.bias",
  scores: "logits",
};

/** A network in which everything has an unlucky name: Conv, a shift, Relu, a gain, pooling, a linear layer. */
function unlucky(): Model {
  const rng = random(0, "network");
  const weights = (name: string, ...shape: number[]) =>
    b.initializer(
      name,
      float32(
        normals(
          shape.reduce((size, d) => size * d, 1),
          0.3,
          rng,
        ),
        shape,
      ),
    );
  const b = new GraphBuilder("unlucky");
  const x = b.input("image", "float32", ["n", 3, 8, 8]);
  const conv = b.op("Conv", [x, weights("kernel", 6, 3, 3, 3), weights("bias", 6)], {
    kernel_shape: [3, 3],
    pads: [1, 1, 1, 1],
  });
  const shifted = b.add(conv, weights("shift", 1, 6, 1, 1));
  const active = b.op("Relu", [shifted]);
  const scaled = b.mul(active, weights("gain", 1, 6, 1, 1));
  const pooled = b.op("GlobalAveragePool", [scaled]);
  const flat = b.op("Flatten", [pooled]);
  const scores = b.op("Gemm", [flat, weights("fc", 5, 6)], { transB: 1 });
  b.setOutputs({ scores });
  const { graph, ...rest } = b.model();
  const values: Record<string, string> = { conv, shifted, active, scaled, pooled, flat };
  const names = new Map(Object.entries(own).map(([what, name]) => [values[what] ?? what, name]));
  const renamed = renameGraph(graph, (name) => names.get(name) ?? name);
  return { ...rest, graph: renamed };
}

const train = coloured(24, 1);

/** The features of the file as it is, fed with what the pixels are normalised to. */
async function originalFeatures(model: Model): Promise<Float32Array> {
  const graph = { ...model.graph, outputs: [{ name: own.flat }] };
  const normalised: Samples = {
    ...train,
    feeds: async (indices) => {
      const bytes = (await train.feeds(indices))["pixels"]!;
      const values = Float32Array.from(bytes.data as Uint8Array, (byte) => (byte / 255 - 0.5) / 0.25);
      return { [own.image]: engine.tensor("float32", values, bytes.dims) };
    },
  };
  return withSession(engine, { ...model, graph }, async (s) => (await runSamples(s, normalised))[own.flat]!);
}

function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 4));
}

const heads: [string, Head][] = [
  ["linear", linearHead()],
  ["MLP", mlpHead({ width: 5 })],
];

describe.each(heads)("a model whose values are called as ours, with a head that is %s,", (_, architecture) => {
  const model = loadModel(writeModel(unlucky()));
  const backbone = openBackbone(writeModel(model), { modality });

  test("is opened, probed, fine-tuned and exported, and nothing of it is overwritten", async () => {
    expect(backbone.parameters.toSorted()).toEqual(
      [own.kernel, own.shift, own.bias, own.gain].map((name) => `own.${name}`).toSorted(),
    );
    const probing = await probe(backbone, data(train), { epochs: 2, batch: 12, architecture });
    expectClose(probing.features.train, await originalFeatures(model));
    const { head } = probing.at(2);
    const still = exportModel(backbone, architecture, objective, head);
    for (const name of [own.kernel, own.shift, own.bias, own.gain])
      expect(still.graph.initializers.get(`own.${name}`)!.data).toEqual(model.graph.initializers.get(name)!.data);

    const options = { architecture, head, epochs: 1, batch: 24, learningRate: 0.1 };
    const run = await finetune(backbone, data(train), options);
    expect(run.adaptation.train.euclidean).toBeGreaterThan(1e-4);
    const exported = loadModel(writeModel(exportModel(backbone, architecture, objective, run.last)));
    expect(exported.graph.inputs.map((v) => v.name)).toEqual(["pixels"]);
    for (const name of backbone.parameters)
      expect(exported.graph.initializers.get(name)!.data).toEqual(run.last.get(name));
    const { logits } = await withSession(engine, exported, (s) => runSamples(s, train));
    expectClose(logits!, await logitsOf(architecture, run.last, run.after.train));
  });

  test("has values that are still found by the names that they had", () => {
    const chosen = openBackbone(writeModel(model), { modality, features: own.active });
    expect(chosen.featureName).not.toBe(own.active);
    expect(chosen.width).toBe(6);
    const frozen = freezeUntil(backbone, own.conv);
    expect(frozen.parameters.toSorted()).toEqual([`own.${own.gain}`, `own.${own.shift}`].toSorted());
  });
});

/** What a head makes of features, by its own graph. */
async function logitsOf(head: Head, weights: ReadonlyMap<string, Float32Array>, features: Float32Array) {
  const b = new GraphBuilder();
  b.setOutputs({ logits: head.attach(b, b.input("f", "float32", ["batch", 6]), 6, 3, weights) });
  return withSession(engine, b.model(), async (session) => {
    const outputs = await session.run({ f: engine.tensor("float32", features, [features.length / 6, 6]) });
    return outputs["logits"]!.data as Float32Array;
  });
}

test("room is made only for names that are ours, and never by a name that is taken", () => {
  const b = new GraphBuilder();
  const x = b.input("x", "float32", ["n", 2]);
  const w = b.initializer("head.weight", float32([1, 2]));
  const v = b.initializer("own.head.weight", float32([3, 4]));
  b.setOutputs({ logits: b.add(b.mul(x, w), v) });
  const { model, renamed } = makeRoom(b.model());
  expect(Object.fromEntries(renamed)).toEqual({ "head.weight": "own.own.head.weight", logits: "own.logits" });
  expect([...model.graph.initializers.keys()]).toEqual(["own.own.head.weight", "own.head.weight"]);
  expect(model.graph.inputs[0]!.name).toBe("x");
});

test("pixels are normalised by the numbers asked for, whatever constants the model brings", () => {
  const { model } = openBackbone(writeModel(unlucky()), { modality });
  expect([...model.graph.initializers.get("pixels.mean")!.data]).toEqual(pixels.mean);
});

test.each(["z", "features", "target", "loss", "pixels"])(
  "an input called %s is fed and exported under its name",
  async (input) => {
    const { graph, ...rest } = loadModel(writeModel(unlucky()));
    const swapped = (name: string): string => ({ [own.image]: input, [input]: own.image })[name] ?? name;
    const network = openBackbone(writeModel({ ...rest, graph: renameGraph(graph, swapped) }));
    const bytes = async (indices: readonly number[]) => (await train.feeds(indices))["pixels"]!;
    const samples: Samples = {
      ...train,
      feeds: async (indices) => {
        const { data: values, dims } = await bytes(indices);
        return {
          [input]: engine.tensor(
            "float32",
            Float32Array.from(values as Uint8Array, (v) => v / 255),
            dims,
          ),
        };
      },
    };
    const task = { engine, objective, train: samples, validation: samples };
    const { stops } = await probe(network, task, { epochs: 1 });
    const { best } = await finetune(network, task, { head: stops.at(-1)!.head, epochs: 1, learningRate: 0.01 });
    const exported = exportModel(network, linearHead(), objective, best);
    expect(exported.graph.inputs.map(({ name }) => name)).toEqual([input]);
    const { logits } = await withSession(engine, exported, (session) => runSamples(session, samples));
    expect(logits).toHaveLength(samples.count * objective.outputs);
    const wrong = { ...samples, feeds: async () => ({}) };
    await expect(probe(network, { ...task, train: wrong })).rejects.toThrow(`takes '${input}'; feed those names`);
  },
);

test("an input called as the export's output is refused before anything is trained", async () => {
  const { graph, ...rest } = unlucky();
  const swapped = (name: string): string => ({ [own.image]: "logits", logits: own.image })[name] ?? name;
  const network = openBackbone(writeModel({ ...rest, graph: renameGraph(graph, swapped) }));
  await expect(probe(network, data(train))).rejects.toThrow("takes an input called 'logits'");
});
