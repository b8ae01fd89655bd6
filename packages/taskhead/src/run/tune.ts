import type { TuneOptions } from "../commands/options.js";
import type { Context } from "../commands/program.js";
import { outputSize, type Preprocessing } from "../data/index.js";
import { UserError } from "../files/errors.js";
import { renderReport, type BestRun, type ProbingPoint, type TuneResults, type TuneRow } from "../report/index.js";
import {
  compareTaus,
  extractFeatures,
  mergeWeights,
  projectFeatures,
  spread,
  type Backbone,
  type ProbeStop,
  type Projection,
  type Tau,
} from "@taskhead/core";
import { writeModelFolder, servedModel } from "./export.js";
import { cachedFeatures } from "./features.js";
import { calibrate } from "./calibrate.js";
import { finetuneFrom, shiftAtRateZero, type Finetuning } from "./finetuning.js";
import { headAtEveryTau, pointOf } from "./probing.js";
import { accuracyOf, classResults, confusionOf, predictions } from "./scores.js";
import { scoreFile } from "./serve.js";
import { prepare, type Prepared } from "./prepare.js";
import { weightsFromFile } from "./tensors.js";

/** How many taus `--taus auto` takes. */
const candidateCount = 5;

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

  const from = (stop: ProbeStop): Finetuning => ({
    ...prepared,
    backbone: startOf(prepared, stop),
    stop,
    options,
    ...(before ? { before } : {}),
    progress,
    signal,
  });
  const batchNormShift = options.batchnorm === "train" ? await shiftAtRateZero(from(candidates[0]!)) : null;
  const rows: TuneRow[] = [];
  for (const stop of candidates) rows.push(await finetuneFrom(from(stop)));

  const winner = bestOf(rows);
  const best = winner ? await scoreWinner(prepared, winner, candidates, before, options, context) : null;
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
    options: {
      ...effective(options),
      size: sideText(data.preprocessing),
      mean: data.preprocessing.mean.join(),
      std: data.preprocessing.std.join(),
      taus: taus.join(),
    },
    method: options.method,
    batchNormShift,
    featureNorm,
    probing: stops.map(pointOf),
    rows,
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

interface Probed {
  stops: ProbeStop[];
  /** The stops to fine-tune from, ascending. */
  candidates: ProbeStop[];
  taus: Tau[];
  /** z_0, [N, width]; null where it depends on tau */
  before: { train: Float32Array; validation: Float32Array } | null;
  featureNorm: number;
}

async function probing(prepared: Prepared, options: TuneOptions, { progress, signal }: RunContext): Promise<Probed> {
  const { engine, backbone, head, split, data, folder } = prepared;
  const train = await cachedFeatures(prepared, data.train, "training features", options, progress, signal);
  const validation = await cachedFeatures(prepared, data.validation, "validation features", options, progress, signal);
  const input = {
    engine,
    train: { features: train, labels: data.train.images.labels },
    validation: { features: validation, labels: data.validation.images.labels },
    width: backbone.width,
    classes: data.classes.length,
    architecture: head,
    ...(split ? { blocks: split.blocks } : {}),
  };
  const stops = await headAtEveryTau(input, options, folder, progress, signal);
  const taus = options.taus === "auto" ? spread(stops, candidateCount) : options.taus;
  const candidates = stops.filter((s) => taus.includes(s.tau)).sort((a, b) => compareTaus(a.tau, b.tau));
  return {
    stops,
    candidates,
    taus,
    before: split ? null : { train, validation },
    featureNorm: candidates.at(-1)!.featureNorm,
  };
}

/** The backbone that fine-tuning from a stop begins with: B_0, and what was probed of it. */
function startOf({ backbone }: Prepared, stop: ProbeStop): Backbone {
  return mergeWeights(backbone, stop.head);
}

/** The highest validation accuracy of any epoch; of equal ones the lower tau. */
function bestOf(rows: readonly TuneRow[]): TuneRow | undefined {
  const finished = rows.filter((row) => row.bestValidationAccuracy !== null && row.bestEpoch !== null);
  return finished.reduce<TuneRow | undefined>(
    (best, row) => (best && best.bestValidationAccuracy! >= row.bestValidationAccuracy! ? best : row),
    undefined,
  );
}

/** Exports the winner, and measures the exported file itself: on validation images, and once on test images. */
async function scoreWinner(
  prepared: Prepared,
  winner: TuneRow,
  candidates: readonly ProbeStop[],
  before: Probed["before"],
  options: TuneOptions,
  { progress, signal, version }: RunContext,
): Promise<BestRun> {
  const { head, data, folder } = prepared;
  const { threads } = options;
  const file = folder.at(folder.tau(winner.tau, "best.safetensors"));
  const weights = weightsFromFile(file)?.weights;
  if (!weights)
    throw new UserError(`${file} is missing; delete the result.json beside it to run tau ${winner.tau} again`);
  const classes = data.classes.length;
  const backbone = startOf(
    prepared,
    candidates.find((stop) => stop.tau === winner.tau)!,
  );
  const bytes = writeModelFolder(folder, servedModel(backbone, head, classes, weights, data.preprocessing), {
    taskhead: version,
    labels: data.classes,
    preprocessing: data.preprocessing,
    tau: winner.tau,
    epoch: winner.bestEpoch!,
    validationAccuracy: winner.bestValidationAccuracy!,
  });
  const { labels } = data.validation.images;
  const score = (files: readonly string[], label: string): Promise<Float32Array> =>
    scoreFile(bytes, files, classes, { threads, label, progress, signal });
  const logits = await score(data.validation.files, "exported model");
  const predicted = predictions(logits, classes);
  const measured = accuracyOf(predicted, labels);
  if (Math.abs(measured - winner.bestValidationAccuracy!) > 1e-9)
    progress.say(
      `note: the exported model scores ${measured} on the validation images, training measured ${winner.bestValidationAccuracy}`,
    );
  const test = data.test && {
    logits: await score(data.test.files, "test images"),
    labels: data.test.images.labels,
  };
  const projection = await projectionOf(prepared, backbone, mergeWeights(backbone, weights), before?.validation);
  const confusion = confusionOf(predicted, labels, classes);
  return {
    tau: winner.tau,
    epoch: winner.bestEpoch!,
    validationAccuracy: measured,
    testAccuracy: test && accuracyOf(predictions(test.logits, classes), test.labels),
    classes: classResults(confusion, data.classes),
    confusion,
    calibration: calibrate({ logits, labels }, test, classes),
    projection,
    projectedClasses: projection.samples.map((n) => labels[n]!),
  };
}

/** The validation features that the winner started from and those it ends with, in two dimensions. */
async function projectionOf(
  { engine, data }: Prepared,
  start: Backbone,
  end: Backbone,
  before: Float32Array | undefined,
): Promise<Projection> {
  const { images } = data.validation;
  const z0 = before ?? (await extractFeatures(engine, start, images));
  return projectFeatures(z0, await extractFeatures(engine, end, images), start.width);
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
function effective(options: TuneOptions): Record<string, string | number | boolean | null> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join() || null : ((value ?? null) as string | number | boolean | null),
    ]),
  );
}
