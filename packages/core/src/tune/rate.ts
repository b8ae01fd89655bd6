import { searchRate } from "../finetune/rate.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import type { Job } from "./job.js";
import { beginTask, unlessDamaged } from "./progress.js";
import { readJson, writeJson } from "./store.js";
import { tauKey } from "../probe/taus.js";
import { trainingOptions } from "./training-options.js";

/**
 * The rate to fine-tune a head at. For `auto`, what range tests find at one head, in inverse proportion to the head's norm:
 * one place for all taus, since two tests of one head differ as much as those of two heads do.
 *
 * Without clipping the loss bends along the features by WᵀHW, H = diag(p) − ppᵀ, so that a step is stable while
 * η < 2/λ, λ ∝ ‖W‖² where that part dominates; the head's own part goes with ‖z‖² and not with ‖W‖. A clipped step has the
 * length η·c/G, and G, the gradient's norm, itself grows with ‖W‖·E: what is left is η ∝ 1/‖W‖. For small heads, where the
 * head's own part dominates, neither holds, and the rate is then rather too high for them than for large ones.
 * @param measuredAt the head that range tests try; the same one unless given
 * @param timesFound which multiple of what is found
 */
export async function learningRateOf(job: Job, stop: ProbeStop, measuredAt = stop, timesFound = 1): Promise<number> {
  const { lr } = job.settings;
  if (lr !== "auto") return lr;
  return timesFound * (await testedRate(job, measuredAt)) * (measuredAt.headNorm / stop.headNorm);
}

/** What range tests find for a head. Found before, it is read from the store. */
async function testedRate(job: Job, stop: ProbeStop): Promise<number> {
  const { data, store, onProgress, signal } = job;
  const key = `tau-${tauKey(stop.tau)}/rate.json`;
  const stored = await unlessDamaged(onProgress, readJson<{ rate: number }>(store, key));
  if (stored) return stored.rate;
  const task = beginTask(onProgress, `learning rate, tau ${stop.tau}`, 32, "steps");
  let tests: unknown;
  try {
    const rate = await searchRate(job.network.backbone, data, trainingOptions(job, stop), {
      headInputNorm: stop.headInputNorm,
      onStep: (step, _, tried) => task.update(step, `rate ${Number(tried.toPrecision(4))}`),
      onTests: (found) => (tests = found),
      signal,
    });
    await writeJson(store, key, { rate, tests });
    const text = `learning rate ${rate.toPrecision(3)}, found by range tests at tau ${stop.tau}`;
    onProgress?.({ kind: "message", text });
    return rate;
  } finally {
    task.end();
  }
}
