import type { Tau, TuneResults, TuneRow } from "@taskhead/core";
import {
  type Follower,
  type FoundStart,
  labelsToCheck,
  type LabelsToCheck,
  nameOfStart,
  type Origin,
  pointOf,
  probedKey,
  probedResults,
  probing,
  type ProbingPoint,
  startOptions,
  tuneJob,
  writeJson,
  writeText,
} from "@taskhead/core/internals";
import type { Reading } from "../data/kind.js";
import type { Listener } from "../data/listener.js";
import { UserError } from "../files/errors.js";
import { shownPlace, type Commits } from "../files/hub-address.js";
import { licenceOf } from "../files/licence.js";
import { packageVersion } from "../files/version.js";
import { following, openWriters } from "../logs/index.js";
import { namesHub } from "../options/hub-places.js";
import type { TuneInput } from "../options/input.js";
import { keptCommit } from "../options/kept.js";
import { asFlags, asNames, type Rephrase } from "../options/rephrase.js";
import { optionsFrom, plainOptions, type TuneOptions } from "../options/options.js";
import { renderReport } from "../report/index.js";

import { modelCard } from "./model-card.js";
import { writeLabels } from "./labels.js";
import { picturesKey, picturesOf } from "./pictures.js";
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

/** Who runs a command. */
export interface Caller extends Listener {
  /** The command line, for the report. */
  commandLine: string;
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
export async function tune(input: TuneInput): Promise<TuneResults> {
  const { onProgress, signal } = input;
  const options = optionsFrom(...(await fetched(input)));
  return tuneWith(options, { onProgress, signal, commandLine: "tune(…)" }, asNames);
}

/** What is named on the hub, on this machine: what is wrong with the rest is said before. */
async function fetched(input: TuneInput): Promise<[local: TuneInput, commits?: Commits]> {
  const { out } = optionsFrom(input);
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
    const prepared = await prepare(options, caller);
    try {
      return await tunePrepared(prepared, options, caller);
    } finally {
      await prepared.sets.close();
    }
  });
}

function originOf(prepared: Prepared, options: TuneOptions, { commandLine }: Caller): Origin {
  return {
    version: packageVersion(),
    command: commandLine,
    backbone: shownPlace(options.backbone),
    options: effectiveOptions(options, prepared),
  };
}

async function tunePrepared(prepared: Prepared, options: TuneOptions, caller: Caller): Promise<TuneResults> {
  const follower = followerOf(options);
  const job = { ...prepared, ...(follower ? { follower } : {}) };
  const results = await tuneJob(job, originOf(prepared, options, caller));
  if (results.best) {
    const card = modelCard(results, prepared.kind.card, await licenceOf(options.backbone));
    await writeText(prepared.store, "model/README.md", card);
  }
  await writeLabels(prepared, results.labels);
  const pictures = await picturesOf(results, prepared);
  if (pictures) await writeJson(prepared.store, picturesKey, pictures);
  await writeText(prepared.store, "report.html", renderReport(results, pictures));
  if (!results.best) throw new UserError(divergence(results.rows, options));
  return results;
}

/** Whoever logs the run; nobody, unless that is asked for. */
function followerOf({ log, out }: TuneOptions): Follower | undefined {
  return log.length > 0 ? following(openWriters(log, out)) : undefined;
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
      followerOf(options)?.probed(results);
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

/** The options as plain values, for the report. */
export function effectiveOptions(
  options: TuneOptions,
  { reading, network }: Pick<Prepared, "reading"> & { network: Pick<Prepared["network"], "start"> },
): Record<string, string | number | boolean | null> {
  return { ...plainOptions(options), ...reading.options, ...startOptions(network.start) };
}
