import { boundOf } from "../finetune/range-test.js";
import { methods } from "../finetune/methods.js";
import { rangeSteps, searchRate, type FoundRate } from "../finetune/rate.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import type { Job } from "./job.js";
import { beginTask, unlessDamaged } from "./progress.js";
import { readJson, writeJson } from "./store/store.js";
import { nameOfStart, tauKey } from "../probe/taus.js";
import { trainingOptions } from "./training-options.js";

/**
 * The rate to fine-tune a head at. For `auto`, what range tests find at one head: one place for all taus, since two tests of
 * one head differ as much as those of two heads do.
 *
 * To the other heads it goes as it is wherever the rate alone says how long a step is: a gradient clipped from G to c gives a
 * step of η c, an adaptive optimizer one of about η per parameter, whatever the head. Unclipped steps of sgd are η G long,
 * and along the features the loss bends by WᵀHW, H = diag(p) − ppᵀ: stable rates fall with ‖W‖, between 1/‖W‖, if p grows
 * surer with W, and 1/‖W‖², if it does not. docs/training.md has what was measured: an exponent of 0 clipped, and of about 1
 * unclipped; no factor goes beyond 4 either way, which is as far from one head as
 * was measured.
 * @param measuredAt the head that range tests try; the same one unless given
 */
export async function learningRateOf(job: Job, stop: ProbeStop, measuredAt = stop): Promise<number> {
  const { lr, clipNorm, optimizer } = job.settings;
  if (lr !== "auto") return lr;
  const found = await testedRate(job, measuredAt);
  const steady = clipNorm !== "none" || optimizer === "adamw";
  return steady ? found : found * factorForHead(measuredAt.headNorm, stop.headNorm);
}

/** Measured were heads of a quarter and four times the ‖W‖ of one; what lies beyond would be extrapolated. */
const mostApart = 4;

/** A smaller head is one of zeros, which has no size of its own to go by: it soon grows to another. A drawn one has about 1. */
const leastNorm = 1e-3;

/**
 * What the rate of one head is multiplied by for another, where steps are not clipped: the ratio of their ‖W‖, from ¼ to 4;
 * 1 where either is next to nothing.
 */
export function factorForHead(measuredNorm: number, norm: number): number {
  if (Math.min(measuredNorm, norm) < leastNorm) return 1;
  return Math.min(mostApart, Math.max(1 / mostApart, measuredNorm / norm));
}

/** Factors of updates and biases alone take higher rates than whole matrices do. */
function trainsLittle({ settings }: Job): boolean {
  const { trains } = methods[settings.method];
  return trains === "low-rank updates" || trains === "biases and norms";
}

/** What range tests find for a head. Found before, it is read from the store. */
async function testedRate(job: Job, stop: ProbeStop): Promise<number> {
  const { data, store, onProgress, signal } = job;
  const key = `tau-${tauKey(stop.tau)}/rate.json`;
  const stored = await unlessDamaged(onProgress, readJson<FoundRate>(store, key));
  if (stored) return stored.rate;
  const options = trainingOptions(job, stop);
  const task = beginTask(onProgress, `learning rate, ${nameOfStart(stop.tau)}`, rangeSteps(options), "steps");
  try {
    const found = await searchRate(job.network.backbone, data, options, {
      headInputNorm: stop.headInputNorm,
      ...(trainsLittle(job) ? { adaptiveMiddle: 1e-4 } : {}),
      onStep: ({ done, total }, tried) => task.update(done, `rate ${Number(tried.toPrecision(4))}`, total),
      ...(signal ? { signal } : {}),
    });
    await writeJson(store, key, found);
    const text = `learning rate ${found.rate.toPrecision(3)}, found by range tests at ${nameOfStart(stop.tau)}${boundOf(found.tests)}`;
    onProgress?.({ kind: "message", text });
    return found.rate;
  } finally {
    task.end();
  }
}
