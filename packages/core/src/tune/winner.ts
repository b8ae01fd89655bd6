import { addsRows, writeModel } from "@taskhead/autograd";
import type { Backbone } from "../backbone/backbone.js";
import { extractFeatures } from "../backbone/features.js";
import { mergeLora } from "../backbone/lora.js";
import { mergeWeights } from "../backbone/split.js";
import { rows } from "../data/cached-values.js";
import { selected, type Samples } from "../data/samples.js";
import { unitsOf } from "../data/targets.js";
import type { Weights } from "../engine/weights.js";
import { layerMovement } from "../explain/layer-movement.js";
import { exportModel } from "../finetune/export.js";
import { layoutOf } from "../backbone/backbone.js";
import { meansOverPositions, vectorsOf } from "../data/positions.js";
import { KeepingMeter } from "../objectives/meter.js";
import type { Meter, Objective, Score } from "../objectives/objective.js";
import { hardestMaps, hardestSamples, type HardSample } from "../measures/hardest.js";
import { errorOf } from "../measures/intervals.js";
import { projectFeatures, shownSamples, type Projection } from "../measures/projection.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import { calibrate, type Classified } from "./calibrate.js";
import { duplicatesOf, type Job } from "./job.js";
import { writeHardMaps } from "./hard-maps.js";
import { describeModel, ModelFolder, writeFiles } from "./model-folder.js";
import type { Probed } from "./probing.js";
import { resultsByOutput } from "./results-by-output.js";
import type { BestRun, LayerResult } from "./results.js";
import { scoreServed, type ServedFile } from "./score-served.js";

/** The run that was chosen. */
export interface Winner {
  /** Where its head probing stopped. */
  stop: ProbeStop;
  /** Of its best epoch. */
  weights: Weights;
  epoch: number;
  validationScore: number;
  /** Which average of weights it is. Default: none. */
  blend?: BestRun["blend"];
}

/** What a set of samples got from the exported file. */
export interface Scored {
  meter: Meter;
  samples: Samples;
}

/**
 * Exports the winner, and measures the exported file itself: on validation samples, and once on test samples.
 * @param answers in place of what it says of validation samples
 */
export async function scoreWinner<Source>(
  job: Job<Source>,
  { stop, weights: trained, epoch, validationScore, blend = null }: Winner,
  before: Probed["before"],
  version: string,
  answers?: Scored,
): Promise<BestRun> {
  const { network, modality, data, sets, outputs, onProgress } = job;
  const { objective } = data;
  const { tau } = stop;
  // The blocks' BatchNorm statistics are those of the stop, unless fine-tuning moved them.
  const { backbone: whole, weights } = mergeLora(mergeWeights(network.whole, stop.head), trained);
  const model = modality.served(exportModel(whole, network.logitsHead, objective, weights));
  const bytes = writeModel(model);
  const inputs = model.graph.inputs.map(({ name, type }) => ({ name, ...type! }));
  const file: ServedFile = { bytes, inputs, ...(addsRows(model) ? { threads: 1 } : {}) };
  const validation = answers ?? {
    meter: (await scoreServed(job, file, sets.validation, data.validation, "exported model")).meter,
    samples: data.validation,
  };
  const found = validation.meter.score();
  const { value: measured } = found;
  // Batches of other sizes round differently: more shows only where something is wrong.
  if (Math.abs(measured - validationScore) > 1e-6)
    onProgress?.({
      kind: "message",
      text: `note: the exported model scores ${measured.toPrecision(6)} on validation, training measured ${validationScore.toPrecision(6)}`,
    });
  const into = new ModelFolder(job.store);
  const files = await writeFiles(job, into, model, file, measured);
  await describeModel(job, into, { tau, epoch, blend, validationScore, version, files });
  const test = await scoredTest(job, file);
  const errorOn = (score: Score, samples: number): number | null =>
    errorOf(score, { metric: objective.metric, samples });
  const tested = test && test.meter.score();
  const projection = await projectionOf(job, before, weights);
  const byOutput = resultsByOutput(validation, objective, outputs);
  const labels = data.validation.targets.data;
  const hard = { validation: hardest(validation, objective), test: test ? hardest(test, objective) : [] };
  // What the exported file would draw on samples that it has seen is not what they were answered.
  if (objective.name === "segmentation" && !answers) await writeHardMaps(job, { stop, weights }, hard);
  return {
    tau,
    epoch,
    blend,
    validationScore: measured,
    validationError: errorOn(found, validation.samples.count),
    testScore: tested && Number.isFinite(tested.value) ? tested.value : null,
    testError: tested && errorOn(tested, test!.samples.count),
    unseenTest: test && unseenScore(job, test),
    ...byOutput,
    onTest: test && resultsByOutput(test, objective, outputs),
    hardest: hard,
    calibration: byOutput.confusion && calibrate(classified(validation), test && classified(test), outputs.length),
    projection,
    projectedClasses: byOutput.classes && projection.samples.map((n) => labels[n]!),
    layers: await layersOf(job, whole, weights),
    files,
  };
}

/** null without test samples, and where what the file says of one is no number. */
async function scoredTest<Source>(job: Job<Source>, file: ServedFile): Promise<Scored | null> {
  const { data, sets, modality } = job;
  if (!data.test || !sets.test) return null;
  const { meter, isNumbers } = await scoreServed(job, file, sets.test, data.test, `test ${modality.name}`);
  return isNumbers ? { meter, samples: data.test } : null;
}

/** Validation features before and after: of some samples, or of some of the units of some, evenly spaced. */
async function projectionOf<Source>(
  { network: { backbone }, data: { engine, validation } }: Job<Source>,
  before: Probed["before"],
  weights: Weights,
): Promise<Projection> {
  const { width, map } = backbone;
  const { targets } = validation;
  const layout = vectorsOf(layoutOf(backbone)).length;
  const samples = shownSamples(validation.count, layout);
  const units = unitsOf(targets, samples);
  const shown = shownSamples(units.length, layout);
  const after = await extractFeatures(engine, mergeWeights(backbone, weights), selected(validation, samples));
  const chosen = shown.map((place) => units[place]!);
  // Of a map the mean over its places: a point is a sample.
  const vectors = (z: Float32Array): Float32Array =>
    map ? meansOverPositions(z, [map.channels, map.height, map.width]) : z;
  return projectFeatures(chosen, vectors(rows(before.validation, width, chosen)), vectors(rows(after, width, shown)));
}

/** How far each block moved from the head's start, B_0 and the blocks that were probed, to the winner. */
async function layersOf<Source>(
  { data: { engine, validation, ood }, signal }: Job<Source>,
  before: Backbone,
  weights: Weights,
): Promise<LayerResult[]> {
  const sets = [validation, ...ood];
  const after = mergeWeights(before, weights);
  const blocks = await layerMovement({ engine, before, after, sets, ...(signal ? { signal } : {}) });
  return blocks.map(({ moved: [first, ...others], ...block }) => ({ ...block, validation: first!, ood: others }));
}

/** As many samples as one can look through. */
const mostHard = 24;

function hardest({ meter, samples }: Scored, objective: Objective): HardSample[] {
  const maps = meter.samples?.();
  if (maps) return hardestMaps(maps, mostHard);
  return hardestSamples({ logits: logitsOf(meter), targets: samples.targets }, objective, mostHard);
}

function logitsOf(meter: Meter): Float32Array {
  return meter instanceof KeepingMeter ? meter.outputs().logits : new Float32Array(0);
}

function classified({ meter, samples }: Scored): Classified {
  return { logits: logitsOf(meter), samples };
}

/** The score on the test samples that occur in no other set; null where those are all of them, or have no score. */
function unseenScore<Source>(job: Job<Source>, { meter, samples }: Scored): BestRun["unseenTest"] {
  const unseen = duplicatesOf(job)?.unseenTest;
  if (!unseen || unseen.length === 0 || unseen.length === samples.count) return null;
  const found = meter.scoreOf(unseen);
  const { length: count } = unseen;
  const error = errorOf(found, { metric: job.data.objective.metric, samples: count });
  return Number.isFinite(found.value) ? { count, score: found.value, error } : null;
}
