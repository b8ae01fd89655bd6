import { layoutOf } from "../backbone/backbone.js";
import { fitted } from "../backbone/fit.js";
import { runBoth } from "../data/run-samples.js";
import type { Samples } from "../data/samples.js";
import { unitsOf } from "../data/targets.js";
import { withWeights, type Weights } from "../engine/weights.js";
import type { Session } from "../engine/session.js";
import { withSession } from "../engine/with-session.js";
import type { RunResult } from "../finetune/options.js";
import { measureSets } from "../finetune/predict.js";
import { withHead } from "../heads/index.js";
import { meterOf } from "../objectives/meter.js";
import type { Meter, Score } from "../objectives/objective.js";
import { Movement } from "../measures/adaptation.js";
import { errorOf } from "../measures/intervals.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import type { Job } from "./job.js";
import { warn } from "./progress.js";
import type { OodScore } from "./results.js";

/**
 * The score on each out-of-distribution set, before fine-tuning and of its best epoch: it may lose there what it wins at home
 * (Kumar et al. 2022). And how far the features moved there by its last epoch, as they are measured on the other sets.
 */
export async function measureOod(
  job: Job,
  stop: ProbeStop,
  { best, last, bestEpoch, epochs }: Pick<RunResult, "best" | "last" | "bestEpoch" | "epochs">,
): Promise<OodScore[]> {
  const { data, network, signal, onProgress } = job;
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
      for (const samples of sets) found.push(await pairOf([before, after], samples, job, signal));
      return found;
    }),
  );
  pairs.forEach(({ isNumbers }, i) => {
    if (!isNumbers)
      warn(
        onProgress,
        `${data.ood.length > 1 ? `out-of-distribution set ${i + 1}` : "the out-of-distribution set"}: the outputs of a sample are NaN, so that there is no score; look at what it feeds`,
      );
  });
  const ofBest =
    bestEpoch === epochs.length ? pairs.map(({ after }) => after) : await measureSets(data, headed, best, sets);
  const known = ({ value }: Score): number | null => (Number.isFinite(value) ? value : null);
  return pairs.map(({ before, movement }, i) => {
    const finetuned = ofBest[i]!.score();
    return {
      probing: known(before.score()),
      finetuned: known(finetuned),
      finetunedError: errorOf(finetuned, { metric: objective.metric, samples: sets[i]!.count }),
      adaptation: movement.adaptation(),
    };
  });
}

/** What a network says of a set before and after, and how far its features moved. */
interface Pair {
  before: Meter;
  after: Meter;
  movement: Movement;
  /** Whether all that the networks say is. */
  isNumbers: boolean;
}

async function pairOf(
  sessions: readonly [Session, Session],
  samples: Samples,
  { data: { objective }, network: { backbone } }: Pick<Job, "data" | "network">,
  signal: AbortSignal | undefined,
): Promise<Pair> {
  const movement = new Movement(new Float32Array(0), layoutOf(backbone));
  const [before, after] = [meterOf(objective, samples.targets), meterOf(objective, samples.targets)];
  let isNumbers = true;
  await runBoth(sessions, samples, signal ? { signal } : {}, (indices, ...outputs) => {
    const [z0, zT] = outputs.map(({ features }) => features!.data as Float32Array) as [Float32Array, Float32Array];
    unitsOf(samples.targets, indices).forEach((_, row) => movement.compare(z0, row, zT, row));
    outputs.forEach((own, i) => {
      const logits = own["logits"]!.data as Float32Array;
      isNumbers &&= !logits.some(Number.isNaN);
      [before, after][i]!.add(indices, { logits });
    });
  });
  return { before, after, movement, isNumbers };
}
