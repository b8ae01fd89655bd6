/**
 * The step of MiniLM on batches of banking77, padded to their longest text and in parts, each padded to its own: alternately,
 * medians in milliseconds.
 *
 *     npm run bench:parts -- [--shared ../shared] [--rounds 20] [--batch 32] [--parts 4] [--threads 2]
 *
 * A text's length is its words and signs and two; which words they are changes no amount of work.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { adamw, sgd, type Optimizer } from "@taskhead/autograd";
import {
  classification,
  classTargets,
  createEngine,
  linearHead,
  openBackbone,
  samplesOf,
  type Samples,
} from "@taskhead/core";
import { createTrainer, epochOrder, inOrder, random, targetTensor, upTo } from "@taskhead/core/internals";
import ort from "onnxruntime-node";
import { commonOptions, describe, surroundings } from "./measure.js";
import { secondsOf } from "./measurement.js";
import { median } from "./statistics.js";

const { values } = parseArgs({
  options: {
    shared: commonOptions.shared,
    rounds: { type: "string", default: "20" },
    batch: { type: "string", default: "32" },
    parts: { type: "string", default: "4" },
    threads: { type: "string", default: "2" },
  },
});
const [rounds, batch, parts, threads] = [values.rounds, values.batch, values.parts, values.threads].map(Number) as [
  number,
  number,
  number,
  number,
];
const classes = 77;
const engine = createEngine(ort, { threads });
const backbone = openBackbone(readFileSync(join(values.shared, "models/minilm-l6/onnx/model.onnx")));
const head = linearHead().initial(random(0, "head"), backbone.width, classes);
const lines = readFileSync(join(values.shared, "data/banking77/train.csv"), "utf8").split("\n").slice(1, -1);
const lengths = lines.map((line) => 2 + (line.slice(0, line.lastIndexOf(",")).match(/\w+|[^\w\s"]/g)?.length ?? 0));

function texts(inParts: number): Samples {
  const rng = random(0, "texts");
  const words = lengths.map((length) => upTo(length).map(() => BigInt(rng.integer(1000, 30_000))));
  const plain = samplesOf(classTargets(words.map((_, n) => n % classes)), (indices) => {
    const longest = Math.max(...indices.map((n) => lengths[n]!));
    const fed = (of: (n: number, t: number) => bigint) => {
      const data = indices.flatMap((n) => upTo(longest).map((t) => of(n, t)));
      return engine.tensor("int64", BigInt64Array.from(data), [indices.length, longest]);
    };
    return {
      input_ids: fed((n, t) => words[n]![t] ?? 0n),
      attention_mask: fed((n, t) => (t < lengths[n]! ? 1n : 0n)),
      token_type_ids: fed(() => 0n),
    };
  });
  const byLength = (a: number, b: number): number => lengths[a]! - lengths[b]!;
  return {
    ...plain,
    parts: inParts,
    batches: (order, size) => inOrder(order, size).map((one) => one.toSorted(byLength)),
  };
}

/** Tokens of a batch, padding among them. */
function tokensOf(indices: readonly number[], pieces: number): number {
  const size = indices.length / pieces;
  return upTo(pieces).reduce((sum, p) => {
    const own = indices.slice(Math.floor(p * size), Math.floor((p + 1) * size));
    return sum + own.length * Math.max(...own.map((n) => lengths[n]!));
  }, 0);
}

async function stepsOf(samples: Samples, optimizer: Optimizer) {
  const options = { head, batch, optimizer, clipNorm: 1, seed: 0 };
  const { trainer, feeds } = await createTrainer(backbone, { engine, objective: classification(classes) }, options, [
    samples,
  ]);
  const step = async (indices: readonly number[]): Promise<unknown> => {
    const target = targetTensor(engine, classTargets(indices.map((n) => n % classes)));
    return trainer.step({ ...(await feeds(samples, indices)), target }, 1e-5);
  };
  return { step, release: () => trainer.release() };
}

const samples = [texts(1), texts(parts)] as const;
const batches = samples[0].batches(epochOrder(lengths.length, 0, "bench", 1), batch).slice(0, rounds + 2);
const tokens = [1, parts].map((pieces) => median(batches.map((one) => tokensOf(one, pieces))));
console.log(describe(surroundings("no-python")));
console.log(`tokens of a batch, by the median: ${tokens.join(" whole, ")} in ${parts} parts`);
console.log("| optimizer | whole: ms | in parts: ms | ratio, pair by pair |\n| --- | --- | --- | --- |");
for (const optimizer of [sgd({ momentum: 0.9 }), adamw()]) {
  const sides = [await stepsOf(samples[0], optimizer), await stepsOf(samples[1], optimizer)];
  const seconds: number[][] = [[], []];
  for (const [round, indices] of batches.entries())
    for (const [side, { step }] of sides.entries()) {
      const taken = await secondsOf(() => step(indices));
      // The first two warm up.
      if (round >= 2) seconds[side]!.push(taken);
    }
  for (const { release } of sides) await release();
  const ms = seconds.map((list) => (1000 * median(list)).toFixed(0));
  const ratio = median(seconds[0]!.map((whole, i) => whole / seconds[1]![i]!)).toFixed(2);
  console.log(`| ${optimizer.name} | ${ms.join(" | ")} | ${ratio} |`);
}
