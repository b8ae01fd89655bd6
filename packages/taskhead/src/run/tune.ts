import { plainOptions, type TuneOptions } from "../options/options.js";
import type { Context } from "./context.js";
import { UserError } from "../files/errors.js";
import { renderReport, type ProbingPoint, type TuneResults, type TuneRow } from "../report/index.js";
import { outputSize, type Preprocessing, type ProbeStop, type Tau } from "@taskhead/core";
import { candidatesOf, trainCandidates } from "./candidates.js";
import { bestWeights, shiftAtRateZero, type Finetuning } from "./finetuning.js";
import { prepare, type Prepared, type PreparedData } from "./prepare.js";
import { probing, startOf } from "./probed.js";
import { pointOf } from "./probing.js";
import { scoreWinner, type Winner } from "./winner.js";

type RunContext = Pick<Context, "progress" | "signal" | "commandLine" | "version">;

/** What probing finds: enough to choose taus. */
export interface Found {
  probing: ProbingPoint[];
  /** mean ‖z_0‖ on the training set, at the longest-probed candidate */
  featureNorm: number;
  /** the taus that would be fine-tuned from */
  taus: Tau[];
}

/**
 * The whole method on a folder of images: features → probe → choose taus → fine-tune from each → choose the best on the
 * validation images → export → report. Everything is kept in `options.out`, and a run that was cut short goes on there.
 * @throws {UserError} on input that cannot be used, {InterruptedError} when stopped
 */
export async function tune(options: TuneOptions, context: RunContext): Promise<TuneResults> {
  const prepared = await prepare(options, context);
  try {
    return await tunePrepared(prepared, options, context);
  } finally {
    await prepared.data.close();
  }
}

async function tunePrepared(prepared: Prepared, options: TuneOptions, context: RunContext): Promise<TuneResults> {
  const { progress, signal } = context;
  const { folder, backbone, data } = prepared;

  const { candidates, stops, taus, before, featureNorm } = await probing(prepared, options, context);

  const alone = (stop: ProbeStop): Finetuning => ({
    ...prepared,
    backbone: startOf(prepared, stop),
    stop,
    options,
    ...(before ? { before } : {}),
    progress,
    signal,
  });
  const runs = candidatesOf(candidates.map(alone));
  const batchNormShift = options.batchnorm === "train" ? await shiftAtRateZero(alone(candidates[0]!)) : null;
  const { rows, otherRates, runOf } = await trainCandidates(runs);

  const winner = bestOf(rows);
  const best = winner ? await scoreWinner(prepared, winnerOf(winner, runOf(winner)), before, options, context) : null;
  const results: TuneResults = {
    taskheadVersion: context.version,
    createdAt: new Date().toISOString(),
    command: context.commandLine,
    backbone: {
      file: options.backbone,
      features: backbone.featureName,
      width: backbone.width,
      parameters: backbone.parameterCount,
      found: backbone.found,
      reinitialisedBlocks: options.reinitBlocks,
    },
    data: data.summary,
    metric: { name: "accuracy", percent: true, chance: 1 / data.classes.length },
    options: {
      ...effective(options, data),
      taus: taus.join(),
    },
    method: options.method,
    batchNormShift,
    featureNorm,
    probing: stops.map(pointOf),
    rows,
    otherRates,
    best,
  };
  folder.writeJson("results.json", results);
  folder.write("report.html", await renderReport(results));
  if (!best) throw new UserError(divergence(rows, options));
  return results;
}

/** `taskhead probe`: the same way, up to the choice of taus. */
export async function probeFolder(options: TuneOptions, context: RunContext): Promise<Found> {
  const prepared = await prepare(options, context);
  try {
    const { stops, taus, featureNorm } = await probing(prepared, options, context);
    return { probing: stops.map(pointOf), featureNorm, taus };
  } finally {
    await prepared.data.close();
  }
}

/** The highest validation accuracy of any epoch; of equal ones the lower tau. One that was stopped wins if no other can. */
function bestOf(rows: readonly TuneRow[]): TuneRow | undefined {
  const sound = rows.filter((row) => !row.diverged);
  const finished = sound.filter((row) => !row.stopped);
  return (finished.length > 0 ? finished : sound).reduce<TuneRow | undefined>(
    (best, row) => (best && best.bestValidationScore! >= row.bestValidationScore! ? best : row),
    undefined,
  );
}

function winnerOf(row: TuneRow, { stop, folder }: Finetuning): Winner {
  return {
    stop,
    weights: bestWeights(folder, row.tau),
    epoch: row.bestEpoch!,
    validationScore: row.bestValidationScore!,
  };
}

function divergence(rows: readonly TuneRow[], { lr, out }: TuneOptions): string {
  const { epochs, tau, learningRate } = rows[0]!;
  const rate = lr === "auto" ? `auto, ${learningRate?.toPrecision(3)}` : lr;
  return `training diverged in epoch ${epochs.length + 1} at tau ${tau}: try a lower --lr (now ${rate}); what was done so far is kept in ${out}`;
}

function sideText(preprocessing: Preprocessing): string {
  const { height, width } = outputSize(preprocessing);
  return height === width ? String(height) : `${height}×${width}`;
}

/** The options as plain values, for the report. */
export function effective(
  options: TuneOptions,
  { preprocessing }: PreparedData,
): Record<string, string | number | boolean | null> {
  return {
    ...plainOptions(options),
    size: sideText(preprocessing),
    mean: preprocessing.mean.join(),
    std: preprocessing.std.join(),
  };
}
