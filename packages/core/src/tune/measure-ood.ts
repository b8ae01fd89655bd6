import { fitted } from "../backbone/fit.js";
import { runBoth } from "../data/run-samples.js";
import type { Samples } from "../data/samples.js";
import { unitCount, unitsOf } from "../data/targets.js";
import { withWeights, type Weights } from "../engine/weights.js";
import type { Session } from "../engine/session.js";
import { withSession } from "../engine/with-session.js";
import type { RunResult } from "../finetune/finetune.js";
import { predictLogits } from "../finetune/predict.js";
import { withHead } from "../heads/index.js";
import { Movement } from "../measures/adaptation.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import type { Job } from "./job.js";
import type { OodScore } from "./results.js";

/**
 * The score on each out-of-distribution set, before fine-tuning and of its best epoch: it may lose there what it wins at home
 * (Kumar et al. 2022). And how far the features moved there by its last epoch, as they are measured on the other sets.
 */
export async function measureOod(
  { data, network, signal }: Job,
  stop: ProbeStop,
  { best, last, bestEpoch, epochs }: Pick<RunResult, "best" | "last" | "bestEpoch" | "epochs">,
): Promise<OodScore[]> {
  const { engine, objective } = data;
  if (data.ood.length === 0) return [];
  const { backbone, head } = network;
  const headed = withHead(backbone, head, objective.outputs, stop.head);
  const sets: Samples[] = [];
  for (const samples of data.ood) sets.push(await fitted(backbone, samples, "out-of-distribution"));
  const run = (weights: Weights, use: (session: Session) => Promise<Pair[]>): Promise<Pair[]> =>
    withSession(engine, withWeights(headed, weights), use);
  const pairs = await run(stop.head, (before) =>
    run(last, async (after) => {
      const found: Pair[] = [];
      for (const samples of sets) found.push(await pairOf([before, after], samples, backbone.width, signal));
      return found;
    }),
  );
  const ofBest =
    bestEpoch === epochs.length ? pairs.map(({ after }) => after) : await predictLogits(engine, headed, best, sets);
  const score = (logits: Float32Array, set: number): number | null => {
    const { value } = objective.score({ logits }, sets[set]!.targets);
    return Number.isFinite(value) ? value : null;
  };
  return pairs.map(({ before, movement }, i) => ({
    probing: score(before, i),
    finetuned: score(ofBest[i]!, i),
    adaptation: movement.adaptation(),
  }));
}

/** What a network says of a set before and after, and how far its features moved. */
interface Pair {
  before: Float32Array;
  after: Float32Array;
  movement: Movement;
}

async function pairOf(
  sessions: readonly [Session, Session],
  samples: Samples,
  width: number,
  signal: AbortSignal | undefined,
): Promise<Pair> {
  const movement = new Movement([], width);
  const logits: [Float32Array, Float32Array] = [new Float32Array(0), new Float32Array(0)];
  await runBoth(sessions, samples, signal ? { signal } : {}, (indices, ...outputs) => {
    const [z0, zT] = outputs.map(({ features }) => features!.data as Float32Array) as [Float32Array, Float32Array];
    const units = unitsOf(samples.targets, indices);
    units.forEach((_, row) => movement.compare(z0, row, zT, row));
    outputs.forEach(({ logits: own }, i) => {
      const rows = own!.data as Float32Array;
      const k = rows.length / units.length;
      if (logits[i]!.length === 0) logits[i] = new Float32Array(unitCount(samples.targets) * k);
      units.forEach((unit, row) => logits[i]!.set(rows.subarray(row * k, (row + 1) * k), unit * k));
    });
  });
  return { before: logits[0], after: logits[1], movement };
}
