import type { Tau, TuneResults, TuneRow } from "@taskhead/core";
import {
  type FoundStart,
  hearing,
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
import type { Commits } from "../files/hub-address.js";
import { namesHub } from "../options/hub-places.js";
import type { TuneInput } from "../options/input.js";
import { keptCommit } from "../options/kept.js";
import { asFlags, asNames, inNames, withNames, type Rephrase } from "../options/rephrase.js";
import { optionsFrom, type TuneOptions } from "../options/options.js";
import { finishRun, followed, originOf, type Caller } from "./finish-run.js";
import { crossValidate } from "./folds.js";
import { readForSome, withTask } from "./guess-task.js";
import { writeLabels } from "./labels.js";
import { prepare, type Prepared } from "./prepare.js";
import { refusable } from "./refusable.js";

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
 * Samples and backbone may be on the Hugging Face hub: `{ train: "hf:org/data", backbone: "hf:org/name" }`.
 *
 * @throws {UserError} on input that cannot be used, the signal's reason when stopped
 */
export function tune(input: TuneInput): Promise<TuneResults> {
  return asked("tune", input, (options, caller) => tuneWith(options, caller, asNames));
}

/**
 * Stops before fine-tuning: energy and score at every tau, and the taus that `tune` would fine-tune from, which then goes on in the
 * same folder.
 *
 *     const { probing, taus } = await probe({ train: "photos/train", backbone: "model.onnx", out: "run" });
 *
 * @throws {UserError} on input that cannot be used, the signal's reason when stopped
 */
export function probe(input: TuneInput): Promise<Found> {
  return asked("probe", input, (options, caller) => probeWith(options, caller, asNames));
}

/** Settles a program's options, and does the work; what is said names options as the program does. */
function asked<T>(
  name: string,
  input: TuneInput,
  work: (options: TuneOptions, caller: Caller) => Promise<T>,
): Promise<T> {
  return inNames(async () => {
    requireInput(name, input);
    return hearing({ onProgress: input.onProgress }, async (heard) => {
      const { signal } = input;
      const onProgress = heard.onProgress && saidInNames(heard.onProgress);
      const [local, commits] = await fetched({ ...input, onProgress });
      const { options, said } = await withTask(
        local,
        (own) => optionsFrom(own, commits),
        (own) => own,
      );
      if (said !== undefined) onProgress?.({ kind: "message", text: said });
      return work(options, { onProgress, signal, commandLine: `${name}(…)` });
    });
  });
}

/** @throws {UserError} for what a program without types may give */
function requireInput(name: string, input: TuneInput): void {
  if (typeof input !== "object" || input === null)
    throw new UserError(`${name} wants its options in an object, such as { train, backbone, out }`);
  const { onProgress, signal } = input;
  if (onProgress !== undefined && typeof onProgress !== "function")
    throw new UserError("onProgress wants a function; give one, or leave it out");
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function")
    throw new UserError("signal wants an AbortSignal; give the signal of an AbortController, or leave it out");
}

function saidInNames(onProgress: NonNullable<TuneInput["onProgress"]>): NonNullable<TuneInput["onProgress"]> {
  return (event) => onProgress(event.kind === "message" ? { ...event, text: withNames(event.text) } : event);
}

/** What is named on the hub, on this machine: what is wrong with the rest is said before. */
async function fetched(input: TuneInput): Promise<[local: TuneInput, commits?: Commits]> {
  const { out } = readForSome(input, (own) => optionsFrom(own));
  if (!namesHub({ ...input })) return [input];
  const { fetchPlaces } = await import("../hub/places.js");
  const { onProgress, signal, ...given } = input;
  const local = await fetchPlaces(given, (asked) => keptCommit(out, asked), { onProgress, signal });
  return [{ ...local.given, onProgress, signal }, local.commits];
}

/** As `tune`, for a command line: what is wrong is said in its flags. */
export function tuneFolder(options: TuneOptions, caller: Caller): Promise<TuneResults> {
  return tuneWith(options, caller, asFlags);
}

async function tuneWith(options: TuneOptions, caller: Caller, rephrase: Rephrase): Promise<TuneResults> {
  return rephrase(options.backbone, async () => {
    if (options.folds === undefined)
      return withPrepared(options, caller, (prepared) => tunePrepared(prepared, options, caller));
    const results = await refusable(caller.signal, (open) => crossValidate(options, caller, open));
    return required(results, options);
  });
}

/** Does the work of a run, whose samples are closed then. */
function withPrepared<T>(options: TuneOptions, caller: Caller, work: (prepared: Prepared) => Promise<T>): Promise<T> {
  return refusable(caller.signal, async (open) => {
    const prepared = await prepare(options, caller, open);
    try {
      return await work(prepared);
    } finally {
      await prepared.sets.close();
    }
  });
}

async function tunePrepared(prepared: Prepared, options: TuneOptions, caller: Caller): Promise<TuneResults> {
  const results = await tuneJob(followed(prepared, options), originOf(prepared, options, caller));
  await finishRun(prepared, options, results);
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
  return probeWith(options, caller, asFlags);
}

function probeWith(options: TuneOptions, caller: Caller, rephrase: Rephrase): Promise<Found> {
  return rephrase(options.backbone, () =>
    withPrepared(options, caller, (prepared) => probePrepared(prepared, options, caller)),
  );
}

async function probePrepared(prepared: Prepared, options: TuneOptions, caller: Caller): Promise<Found> {
  const probed = await probing(prepared);
  const { stops, taus, featureNorm } = probed;
  const labels = await labelsToCheck(prepared, probed);
  await writeLabels(prepared, labels);
  const results = probedResults(prepared, probed, originOf(prepared, options, caller));
  await writeJson(prepared.store, probedKey, results);
  followed(prepared, options).follower?.probed(results);
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
}

function divergence(rows: readonly TuneRow[], { lr, out }: TuneOptions): string {
  const { epochs, tau, learningRate } = rows[0]!;
  const rate = lr === "auto" ? `auto, ${learningRate?.toPrecision(3)}` : lr;
  return `training diverged in epoch ${epochs.length + 1} at ${nameOfStart(tau)}: try a lower --lr (now ${rate}); what was done so far is kept in ${out}`;
}
