import { methods } from "../finetune/methods.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import { tauKey } from "../probe/taus.js";
import type { Job } from "./job.js";
import type { Probed } from "./probing.js";
import { learningRateOf } from "./rate.js";
import type { TuneRow } from "./results.js";
import type { Store } from "./store/store.js";
import type { RunTrial } from "./trial/spec.js";

/** A run that competes. */
export interface Candidate {
  readonly stop: ProbeStop;
  /** For this run alone. */
  readonly store: Store;
}

export interface Trained {
  /** The run of each start, ascending. */
  rows: TuneRow[];
  candidateOf: (row: TuneRow) => Candidate;
}

/** Trains from every start to the last epoch. What `auto` finds as a rate is found once, at the middle start. */
export async function trainCandidates(job: Job, { candidates }: Probed, run: RunTrial): Promise<Trained> {
  const { settings, store, search } = job;
  const middle = candidates[Math.floor(candidates.length / 2)]!;
  const trains = methods[settings.method].trains !== "nothing";
  const trained = new Map<TuneRow, Candidate>();
  for (const [done, stop] of candidates.entries()) {
    search?.expect((candidates.length - done) * settings.epochs);
    const own = store.within(`tau-${tauKey(stop.tau)}`);
    const learningRate = trains ? await learningRateOf(job, stop, middle) : null;
    const row = await run({ tau: stop.tau, learningRate, settings }, settings.epochs, own);
    trained.set(row, { stop, store: own });
  }
  return { rows: [...trained.keys()], candidateOf: (row) => trained.get(row)! };
}
