import { fitted } from "../backbone/fit.js";
import type { Samples } from "../data/samples.js";
import type { Weights } from "../engine/weights.js";
import { measureSets } from "../finetune/predict.js";
import { withHead } from "../heads/index.js";
import { errorOf } from "../measures/intervals.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import type { Job } from "./job.js";
import type { BlendScores } from "./results.js";

/** A score on the validation samples, and what each of them adds. */
export interface Validated {
  score: number;
  hits: string | null;
  contributions: number[] | null;
}

/** Scores weights of a job's network, all in the same way. */
export interface WeightScorer {
  validate(weights: Weights): Promise<Validated>;
  /** On the test samples and those from elsewhere; null where there are none, or a score does not exist. */
  heldOut(weights: Weights): Promise<Pick<BlendScores, "testScore" | "ood" | "oodErrors">>;
}

/**
 * @param stop where the probing stopped that they come from: whatever nobody trains is as it was there
 * @param onPass called after every pass over sets
 */
export async function weightScorer(job: Job, stop: ProbeStop, onPass: () => void): Promise<WeightScorer> {
  const { network, data, signal } = job;
  const { objective } = data;
  const { backbone } = network;
  const headed = withHead(backbone, network.head, objective.outputs, stop.head);
  const open = (samples: Samples, set: string): Promise<Samples> => fitted(backbone, samples, set);
  const validation = await open(data.validation, "validation");
  const test = data.test && (await open(data.test, "test"));
  const ood: Samples[] = [];
  for (const samples of data.ood) ood.push(await open(samples, "out-of-distribution"));
  const scores = async (weights: Weights, sets: readonly Samples[]) => {
    signal?.throwIfAborted();
    const meters = await measureSets(data, headed, weights, sets, undefined, signal ? { signal } : {});
    onPass();
    return meters.map((meter) => meter.score());
  };
  return {
    async validate(weights) {
      const [found] = await scores(weights, [validation]);
      const { value, hits, contributions } = found!;
      return { score: value, hits: hits ?? null, contributions: contributions ? [...contributions] : null };
    },
    async heldOut(weights) {
      const sets = [...(test ? [test] : []), ...ood];
      if (sets.length === 0) return { testScore: null, ood: [], oodErrors: [] };
      const found = await scores(weights, sets);
      const known = found.map(({ value }) => (Number.isFinite(value) ? value : null));
      const errors = found.map((score, i) => errorOf(score, { metric: objective.metric, samples: sets[i]!.count }));
      const [testScore, first] = test ? [known[0]!, 1] : [null, 0];
      return { testScore, ood: known.slice(first), oodErrors: errors.slice(first) };
    },
  };
}
