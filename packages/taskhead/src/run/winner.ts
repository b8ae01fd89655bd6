import {
  exportModel,
  extractFeatures,
  mergeWeights,
  projectFeatures,
  servedModel,
  type Backbone,
  type ProbeStop,
  type Projection,
  type Weights,
} from "@taskhead/core";
import type { TuneOptions } from "../options/options.js";
import type { Context } from "./context.js";
import type { BestRun } from "../report/index.js";
import { calibrate } from "./calibrate.js";
import { writeModelFolder } from "./export.js";
import type { Prepared } from "./prepare.js";
import { startOf, type Probed } from "./probed.js";
import { accuracyOf, classResults, confusionOf, predictions } from "./scores.js";
import { scoreFile } from "./serve.js";

/** The run that was chosen. */
export interface Winner {
  /** Where its head probing stopped. */
  stop: ProbeStop;
  /** Of its best epoch. */
  weights: Weights;
  epoch: number;
  validationScore: number;
}

/** Exports the winner, and measures the exported file itself: on validation images, and once on test images. */
export async function scoreWinner(
  prepared: Prepared,
  { stop, weights, epoch, validationScore }: Winner,
  before: Probed["before"],
  { threads }: TuneOptions,
  { progress, signal, version }: Pick<Context, "progress" | "signal" | "version">,
): Promise<BestRun> {
  const { head, data, folder } = prepared;
  const { tau } = stop;
  const classes = data.classes.length;
  const backbone = startOf(prepared, stop);
  const exported = exportModel(backbone, head, classes, weights);
  const bytes = writeModelFolder(folder, servedModel(exported, backbone.inputName, data.preprocessing), {
    taskhead: version,
    labels: data.classes,
    preprocessing: data.preprocessing,
    tau,
    epoch,
    validationScore,
  });
  const { labels } = data.validation.images;
  const score = (files: readonly string[], label: string): Promise<Float32Array> =>
    scoreFile(bytes, files, classes, { threads, label, progress, signal });
  const logits = await score(data.validation.files, "exported model");
  const predicted = predictions(logits, classes);
  const measured = accuracyOf(predicted, labels);
  if (Math.abs(measured - validationScore) > 1e-9)
    progress.say(
      `note: the exported model scores ${measured} on the validation images, training measured ${validationScore}`,
    );
  const test = data.test && {
    logits: await score(data.test.files, "test images"),
    labels: data.test.images.labels,
  };
  const projection = await projectionOf(prepared, backbone, mergeWeights(backbone, weights), before?.validation);
  const confusion = confusionOf(predicted, labels, classes);
  return {
    tau,
    epoch,
    validationScore: measured,
    testScore: test && accuracyOf(predictions(test.logits, classes), test.labels),
    classes: classResults(confusion, data.classes),
    confusion,
    outputs: null,
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
