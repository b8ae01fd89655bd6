import type { Tau, TuneResults, TuneRow } from "@taskhead/core";
import {
  type FoundStart,
  labelsToCheck,
  type LabelsToCheck,
  nameOfStart,
  pointOf,
  probedKey,
  probedResults,
  probing,
  type ProbingPoint,
  tuneJob,
  writeJson,
} from "@taskhead/core/internals";
import type { Reading } from "../data/kind.js";
import { UserError } from "../files/errors.js";
import type { TuneInput } from "../options/input.js";
import { asFlags, asNames, type Rephrase } from "../options/rephrase.js";
import { optionsFrom, type TuneOptions } from "../options/options.js";

import { finishRun, originOf, type Caller } from "./finish-run.js";
import { crossValidate } from "./folds.js";
import { writeLabels } from "./labels.js";
import { prepare, type Prepared } from "./prepare.js";

/** What probing finds: enough to choose taus. */
export interface Found {
  /** what the guide reads: results without a run, as `probed.json` has them */
  results: TuneResults;
  probing: ProbingPoint[];
  metric: TuneResults["metric"];
  /** mean ‖z_0‖ on the training set */
  featureNorm: number;
  /** the taus that would be fine-tuned from */
  taus: Tau[];
  /** training samples whose label may be wrong; null for several labels and for numbers */
  labels: LabelsToCheck | null;
  /** how samples become numbers, and who says so */
  reading: Reading<unknown>["json"];
  /** how the head starts, and who says so */
  start: FoundStart;
}

/**
 * The whole method on labelled samples in files: features → probe → choose taus → fine-tune from each → choose the best on the
 * validation images → export → report. Everything is kept in `out`, and a run that was cut short goes on there.
 *
 *     const { best } = await tune({ train: "photos/train", backbone: "model.onnx", out: "run" });
 *
 * @throws {UserError} on input that cannot be used, the signal's reason when stopped
 */
export function tune(input: TuneInput): Promise<TuneResults> {
  const { onProgress, signal } = input;
  return tuneWith(optionsFrom(input), { onProgress, signal, commandLine: "tune(…)" }, asNames);
}

/** As `tune`, for a command line: what is wrong is said in its flags. */
export function tuneFolder(options: TuneOptions, caller: Caller): Promise<TuneResults> {
  return tuneWith(options, caller, asFlags);
}

async function tuneWith(options: TuneOptions, caller: Caller, rephrase: Rephrase): Promise<TuneResults> {
  return rephrase(options.backbone, async () => {
    if (options.folds !== undefined) return required(await crossValidate(options, caller), options);
    const prepared = await prepare(options, caller);
    try {
      return await tunePrepared(prepared, options, caller);
    } finally {
      await prepared.sets.close();
    }
  });
}

async function tunePrepared(prepared: Prepared, options: TuneOptions, caller: Caller): Promise<TuneResults> {
  const results = await tuneJob(prepared, originOf(prepared, options, caller));
  await finishRun(prepared, results);
  return required(results, options);
}

/** @throws {UserError} if there is no model, as every run diverged */
function required(results: TuneResults, options: TuneOptions): TuneResults {
  if (results.best) return results;
  if (results.rows.length > 0) throw new UserError(divergence(results.rows, options));
  throw new UserError(
    `training diverged in some fold from every start: try a lower --lr; what was done so far is kept in ${options.out}`,
  );
}

/** `taskhead probe`: the same way, up to the choice of taus. */
export function probeFolder(options: TuneOptions, caller: Caller): Promise<Found> {
  return asFlags(options.backbone, async () => {
    const prepared = await prepare(options, caller);
    try {
      const probed = await probing(prepared);
      const { stops, taus, featureNorm } = probed;
      const labels = await labelsToCheck(prepared, probed);
      await writeLabels(prepared, labels);
      const results = probedResults(prepared, probed, originOf(prepared, options, caller));
      await writeJson(prepared.store, probedKey, results);
      return {
        results,
        probing: stops.map(pointOf),
        metric: prepared.data.objective.metric,
        featureNorm,
        taus,
        labels,
        reading: prepared.reading.json,
        start: prepared.network.start,
      };
    } finally {
      await prepared.sets.close();
    }
  });
}

function divergence(rows: readonly TuneRow[], { lr, out }: TuneOptions): string {
  const { epochs, tau, learningRate } = rows[0]!;
  const rate = lr === "auto" ? `auto, ${learningRate?.toPrecision(3)}` : lr;
  return `training diverged in epoch ${epochs.length + 1} at ${nameOfStart(tau)}: try a lower --lr (now ${rate}); what was done so far is kept in ${out}`;
}
