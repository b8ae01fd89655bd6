import { Float, writeModel } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { random } from "../src/data/random.js";
import { inOrder, samplesOf, upTo, type Samples } from "../src/data/samples.js";
import { classTargets } from "../src/data/targets.js";
import { createEngine } from "../src/engine/create-engine.js";
import { Layers } from "./networks.js";

const [words, width] = [30, 6];
const engine = createEngine(ort, { threads: 1 });

/**
 * A text encoder of two blocks, `ids`, `mask` [batch, tokens] → [batch, 6], and the value between its blocks.
 * @param gives `tokens`: [batch, tokens, 6] as `last_hidden_state`, of inputs called as transformers does
 * @param places whether attention has a bias for each place, `places.weight`, which both blocks read, as T5's do
 */
export function textNetwork(
  gives: "texts" | "tokens" = "texts",
  { places = false } = {},
): { bytes: Uint8Array; between: string } {
  const [idsName, maskName] = gives === "texts" ? ["ids", "mask"] : ["input_ids", "attention_mask"];
  const n = new Layers();
  const { b } = n;
  const ids = b.input(idsName, "int64", ["batch", "tokens"]);
  const mask = b.cast(b.input(maskName, "int64", ["batch", "tokens"]), "float32");
  const left = b.mul(b.sub(b.op("Unsqueeze", [mask, b.ints([1])]), 1), 1e9);
  const bias = places && b.op("Gather", [n.weights("places.weight", [12], 1), b.positions(ids, 1)]);
  const block = (name: string, x: string): string => {
    const through = (part: string): string => b.op("MatMul", [x, n.weights(`${name}.${part}.weight`, [width, width])]);
    const scores = b.add(b.op("MatMul", [through("query"), b.transpose(through("key"), [0, 2, 1])]), left);
    const biased = bias ? b.add(scores, bias) : scores;
    const mixed = b.add(x, b.op("MatMul", [b.op("Softmax", [biased], { axis: -1 }), through("value")]));
    const up = b.op("Relu", [n.linear(`${name}.up`, mixed, [width, 9])]);
    const norm = [
      b.add(mixed, n.linear(`${name}.down`, up, [9, width])),
      n.weights(`${name}.norm.weight`, [width], 1),
      n.weights(`${name}.norm.bias`, [width]),
    ];
    return b.op("LayerNormalization", norm, { epsilon: new Float(1e-5) });
  };
  const between = block("first", b.op("Gather", [n.weights("words.weight", [words, width], 1), ids]));
  const counted = b.op("Unsqueeze", [mask, b.ints([2])]);
  const tokens = block("second", between);
  if (gives === "tokens") {
    b.setOutputs({ last_hidden_state: tokens });
    return { bytes: writeModel(b.model()), between };
  }
  const last = b.mul(tokens, counted);
  b.setOutputs({ pooled: b.div(b.reduceSum(last, [1]), b.reduceSum(counted, [1])) });
  return { bytes: writeModel(b.model()), between };
}

/** Texts of 2 to 9 words, labelled by their first; a batch is sorted by length. */
export function texts(count: number, seed: number, how: Pick<Samples, "parts" | "padding"> = {}): Samples {
  const rng = random(seed, "texts");
  const all = upTo(count).map(() => Array.from({ length: rng.integer(2, 9) }, () => rng.integer(1, words - 1)));
  const fed = (chosen: readonly (readonly number[])[], of: (text: readonly number[], t: number) => number) => {
    const longest = Math.max(...chosen.map((text) => text.length));
    const start = (text: readonly number[]): number => (how.padding === "left" ? longest - text.length : 0);
    const data = chosen.flatMap((text) => upTo(longest).map((t) => BigInt(of(text, t - start(text)))));
    return engine.tensor("int64", BigInt64Array.from(data), [chosen.length, longest]);
  };
  const plain = samplesOf(classTargets(all.map((text) => text[0]! % 3)), (indices) => {
    const chosen = indices.map((i) => all[i]!);
    return {
      ids: fed(chosen, (text, t) => text[t] ?? 0),
      mask: fed(chosen, (text, t) => Number(t >= 0 && t < text.length)),
    };
  });
  return {
    ...plain,
    ...how,
    batches: (order, size) =>
      inOrder(order, size).map((batch) => batch.toSorted((a, b) => all[a]!.length - all[b]!.length)),
  };
}
