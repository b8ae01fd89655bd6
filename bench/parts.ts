/**
 * The step of MiniLM on batches of banking77, padded to their longest text and in parts, each padded to its own: alternately,
 * medians in milliseconds.
 *
 *     npm run bench:parts -- [--shared ../shared] [--rounds 20] [--batch 32] [--parts 4] [--threads 2]
 */
import { parseArgs } from "node:util";
import { adamw, sgd } from "@taskhead/autograd";
import { createEngine, type Samples } from "@taskhead/core";
import { upTo } from "@taskhead/core/internals";
import ort from "onnxruntime-node";
import { commonOptions, describe, surroundings } from "./measure.js";
import { secondsOf } from "./measurement.js";
import { median } from "./statistics.js";
import { numberedTexts, textBatches, textsOf, textSteps } from "./text-lengths.js";

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
const engine = createEngine(ort, { threads });
const texts = numberedTexts(values.shared);

/** Tokens of a batch, padding among them. */
function tokensOf(indices: readonly number[], pieces: number): number {
  const size = indices.length / pieces;
  return upTo(pieces).reduce((sum, p) => {
    const own = indices.slice(Math.floor(p * size), Math.floor((p + 1) * size));
    return sum + own.length * Math.max(...own.map((n) => texts[n]!.length));
  }, 0);
}

const samples = [textsOf(engine, texts, 1), textsOf(engine, texts, parts)] as const;
const batches = textBatches(samples[0], batch).slice(0, rounds + 2);
const tokens = [1, parts].map((pieces) => median(batches.map((one) => tokensOf(one, pieces))));
console.log(describe(surroundings("no-python")));
console.log(`tokens of a batch, by the median: ${tokens.join(" whole, ")} in ${parts} parts`);
console.log("| optimizer | whole: ms | in parts: ms | ratio, pair by pair |\n| --- | --- | --- | --- |");
for (const optimizer of [sgd({ momentum: 0.9 }), adamw()]) {
  const of = (own: Samples) => textSteps(engine, values.shared, own, { optimizer, batch });
  const sides = [await of(samples[0]), await of(samples[1])];
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
