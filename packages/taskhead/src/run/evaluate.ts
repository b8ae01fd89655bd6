import { scaleOf, standardised, type Objective, type Targets } from "@taskhead/core";
import {
  beginTask,
  hardestMaps,
  meterOf,
  type Calibration,
  type HardSample,
  type Meter,
  calibration,
  hardestSamples,
  metered,
  objectiveOf,
  requireScore,
  resultsByOutput,
  scoreInterval,
  warn,
} from "@taskhead/core/internals";
import type { Answers, LabelledItems, LabelPlaces } from "../data/serving.js";
import type { Listener } from "../data/listener.js";
import { ToldSkips } from "../data/skips.js";
import { mostTold } from "../data/tables/told-rows.js";
import { labelsAsked } from "../options/labels.js";
import { UserError } from "../files/errors.js";
import { packageVersion } from "../files/version.js";
import type { Evaluation } from "../report/evaluation/index.js";
import type { Picture } from "../report/index.js";
import type { TuneOptions } from "../options/table.js";
import { count, plain, plural } from "../words/format.js";
import { answeredWords } from "./answered-words.js";
import { refuseForeign, type ExportedModel } from "./exported-model.js";
import type { Caller } from "./finish-run.js";

/** As many samples as one can look through. */
const mostHard = 24;

/**
 * Scores an exported model on labelled samples.
 * @throws {UserError} if there is nothing to score it on
 */
export async function evaluate(
  model: ExportedModel,
  path: string,
  { device, ...places }: LabelPlaces & Partial<Pick<TuneOptions, "device">>,
  { onProgress, signal, commandLine }: Caller,
): Promise<{ evaluation: Evaluation; pictures: Picture[] }> {
  const { serving, sample } = model.kind;
  const { labels: _, columns: __, ...rest } = places;
  const asked = { ...rest, ...labelsAsked(model.kind.name, path, places) };
  refuseForeign(model, asked);
  const found = await serving.labelled(model, path, asked);
  for (const text of [...found.skipped.map((one) => `skipped ${one}`), ...found.notes, ...unknownTold(model, found)])
    warn(onProgress, text);
  const scored = await (found.own ? scoredMaps : scoredRows)(model, found, device, { onProgress, signal });
  const { objective, meter, answered, skipped, hardest, words } = scored;
  const { value, contributions } = meter.score();
  const items = scored.items.map((i) => found.items[i]!);
  const evaluation: Evaluation = {
    taskheadVersion: packageVersion(),
    createdAt: new Date().toISOString(),
    command: commandLine,
    model: model.folder,
    data: {
      sample,
      objective: objective.name,
      outputs: [...model.outputs],
      path,
      count: answered,
      skipped: skipped + found.refused,
      unknown: [...found.unknown],
    },
    metric: objective.metric,
    score: value,
    interval: scoreInterval(
      { score: value, contributions: contributions ?? null },
      { metric: objective.metric, samples: answered },
    ),
    ...resultsByOutput({ meter, samples: scored }, objective, model.outputs),
    calibration: scored.calibration,
    hardest: hardest.map((one) => ({ ...one, [sample]: serving.nameOf(items[one.index]!) })),
  };
  const shown = await serving.shown(
    hardest.map((one) => items[one.index]!),
    path,
  );
  const units = words ? hardest.map(({ index }) => ({ units: words[index]! })) : [];
  return { evaluation, pictures: shown.map((one, i) => ({ index: hardest[i]!.index, ...one, ...units[i] })) };
}

/** What is told of classes and labels that the model does not know, a line each. */
function unknownTold({ objective, kind }: ExportedModel, { unknown }: LabelledItems<unknown>): string[] {
  const told = unknown.slice(0, mostTold).map(({ label, samples }) => {
    const things = (noun: string): string => plain(plural(samples, noun));
    const said: string =
      objective === "token-classification"
        ? `left out ${things("word")} with tag '${label}'`
        : objective === "classification"
          ? `left out ${things(kind.sample)} of class '${label}'`
          : `passed over label '${label}' of ${things(kind.sample)}`;
    return `${said}, which the model does not know`;
  });
  const more = unknown.length - told.length;
  return more > 0 ? [...told, `${more} more that the model does not know, as --json tells`] : told;
}

/** What a model got. */
interface Scored {
  objective: Objective;
  meter: Meter;
  targets: Targets;
  /** What was measured, by its places among what was found: sample i is `items[i]`. */
  items: readonly number[];
  answered: number;
  skipped: number;
  hardest: HardSample[];
  calibration: Calibration | null;
  /** Where words are tagged: of each sample which of its words were scored. */
  words?: readonly (readonly number[])[];
}

async function scoredRows(
  model: ExportedModel,
  found: LabelledItems<unknown>,
  device: TuneOptions["device"] | undefined,
  listener: Listener,
): Promise<Scored> {
  const { rows, answered, skipped } = await answersTo(model, found.items, device, listener);
  const tags = found.tagsOf && answeredWords(rows, answered.map(found.tagsOf), model.outputs.length);
  if (tags && tags.lost > 0)
    warn(listener.onProgress, plain(`${plural(tags.lost, "word")} not scored, as cut away or without a token`));
  const { logits, targets: own } = tags ?? { logits: joined(rows), targets: found.targets(answered) };
  const { objective, ...scored } = inOneUnit(model, logits, own);
  requireScore(objective, scored, "evaluation");
  return {
    objective,
    meter: metered(objective, scored, scored.targets),
    targets: scored.targets,
    items: answered,
    answered: answered.length,
    skipped,
    hardest: hardestSamples(scored, objective, mostHard),
    calibration: objective.name === "classification" ? calibration(logits, own.data, objective.outputs) : null,
    ...(tags ? { words: tags.words } : {}),
  };
}

/** Maps are measured one by one, each by a mask of its own size, and none is kept. */
async function scoredMaps(
  model: ExportedModel,
  found: LabelledItems<unknown>,
  device: TuneOptions["device"] | undefined,
  listener: Listener,
): Promise<Scored> {
  const { outputs } = model;
  const items = found.items.map((_, i) => i);
  const objective = objectiveOf({ task: model.objective }, outputs);
  const targets = found.targets(items);
  const meter = meterOf(objective, targets);
  let [strangers, pixels] = [0, 0];
  const skipped = await answerEach(model, found.items, { device, ...listener }, async (i, logits, size) => {
    const own = await found.own!(i);
    strangers += own.strangers;
    pixels += own.data.length;
    const [height, width] = own.shape;
    if (size && (size.width !== width || size.height !== height))
      throw new UserError(
        `the mask of ${model.kind.serving.nameOf(found.items[i])} is ${width}×${height}, the image ${size.width}×${size.height}; a mask needs a value for each pixel`,
      );
    meter.add([i], { logits }, own);
  });
  if (strangers > 0)
    warn(
      listener.onProgress,
      plain(
        `${count(strangers)} of ${plural(pixels, "pixel")} hold values that are no class of the model's, and are not scored`,
      ),
    );
  if (!Number.isFinite(meter.score().value))
    throw new UserError("no pixel of these masks counts; give masks with classes of the model's");
  const hardest = hardestMaps(meter.samples!(), mostHard);
  return { objective, meter, targets, items, answered: items.length - skipped, skipped, hardest, calibration: null };
}

/** The logits of all samples that can be read, a row each, and which those are. */
async function answersTo(
  model: ExportedModel,
  items: readonly unknown[],
  device: TuneOptions["device"] | undefined,
  listener: Listener,
): Promise<{ rows: Float32Array[]; answered: number[]; skipped: number }> {
  const rows: (Float32Array | undefined)[] = items.map(() => undefined);
  const skipped = await answerEach(
    model,
    items,
    { device, ...listener },
    (i, logits) => void (rows[i] = logits.slice()),
  );
  const answered = rows.flatMap((own, i) => (own ? [i] : []));
  return { rows: answered.map((i) => rows[i]!), answered, skipped };
}

/** Asks a model for all samples, and tells which cannot be read. @returns how many those are */
async function answerEach(
  model: ExportedModel,
  items: readonly unknown[],
  { device, onProgress, signal }: Listener & { device: TuneOptions["device"] | undefined },
  onAnswer: Answers["onAnswer"],
): Promise<number> {
  const { serving, name } = model.kind;
  const served = await model.open(device);
  const task = beginTask(onProgress, name, items.length, name);
  let skipped = 0;
  const skips = new ToldSkips((text) => warn(onProgress, `skipped ${text}`));
  try {
    await served.answer(items, {
      onAnswer,
      onSkip(i, reason) {
        skipped++;
        skips.add(serving.nameOf(items[i]), reason);
      },
      onProgress: (done) => task.update(done),
      signal,
    });
  } finally {
    task.end();
    await served.release();
  }
  skips.end();
  return skipped;
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
}

/** Numbers of several units are made comparable by how they vary among these images, where all of them are known. */
function inOneUnit(
  { objective: task, outputs, metric }: Pick<ExportedModel, "objective" | "outputs" | "metric">,
  logits: Float32Array,
  targets: Targets,
): { objective: Objective; logits: Float32Array; targets: Targets } {
  const k = outputs.length;
  const known = outputs.every((_, j) => targets.data.some((y, i) => i % k === j && !Number.isNaN(y)));
  if (task !== "regression" || !known) return { objective: objectiveOf({ task, metric }, outputs), logits, targets };
  const { mean, deviation } = scaleOf(targets);
  return {
    objective: objectiveOf({ task }, outputs, { targets }),
    logits: logits.map((q, i) => (q - mean[i % k]!) / deviation[i % k]!),
    targets: standardised(targets, { mean, deviation }),
  };
}
