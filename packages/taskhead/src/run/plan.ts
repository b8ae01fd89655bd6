import { availableParallelism, totalmem } from "node:os";
import { createEngine, type Engine } from "@taskhead/core";
import {
  describeStart,
  format,
  objectiveOf,
  openNetwork,
  requirePrecision,
  requireTrainable,
  startSentence,
  warn,
  type Configuration,
  type Network,
} from "@taskhead/core/internals";
import type { Dividing } from "../data/splits/dividing.js";
import type { FoundSet, FoundSets, Kind, Marked, OpenedFile, Reading } from "../data/kind.js";
import type { Listener } from "../data/listener.js";
import { UserError } from "../files/errors.js";
import { ofModel } from "../files/model-file.js";
import { keptThreads } from "../options/kept.js";
import { identityOf, type TuneOptions } from "../options/options.js";
import { deviceFor } from "../runtime/device.js";
import { loadRuntime } from "../runtime/runtime.js";
import { tooManyThreads } from "../runtime/threads.js";
import { carriedSentences, readEarlierRun, type EarlierRun } from "./earlier-run.js";
import { findSets } from "./find-sets.js";
import { goingOn, opening, openModels, training, type JobModels } from "./job-models.js";
import { kindOf } from "./kinds.js";
import { versions } from "./versions.js";

/** The options of a run, or of one of the runs of a cross-validation. */
export type RunOptions = TuneOptions & Pick<Dividing, "fold">;

/** A job of which all is known but its samples: none is opened yet. */
export interface Plan {
  /** With the device that it computes on. */
  readonly options: RunOptions;
  readonly engine: Engine;
  readonly kind: Kind;
  readonly found: FoundSets<FoundSet>;
  /** The run that it goes on from. */
  readonly earlier: EarlierRun | undefined;
  readonly files: JobModels;
  /** The versions that compute it. */
  readonly computedBy: Configuration;
  /** How samples become numbers, and who says so. */
  readonly reading: Reading<Marked>;
  readonly network: Network;
}

/**
 * Opens the model and finds the samples: what can be refused is refused here.
 * @param threads of the runtime
 * @throws {UserError} on input that cannot be used
 */
export async function planJob(asked: RunOptions, listener: Listener, threads: number): Promise<Plan> {
  const { onProgress } = listener;
  // Which device it is, is a part of what the run is.
  const runtime = await loadRuntime();
  const options = { ...asked, device: await deviceFor(runtime, asked.device) };
  const engine = createEngine(runtime, { device: options.device, threads });
  await requirePrecision(engine, options);
  const crowded = tooManyThreads(asked.threads, availableParallelism());
  if (crowded !== undefined) warn(onProgress, crowded);
  const opened = await openModels(options);
  const kind = await kindOf(options);
  const open = (reading: Reading<Marked>, files = opened.files) =>
    opening(options, () => openNetwork(files, options, reading.modality));
  const given = await readingOf(kind, options, opened);
  const first = open(given);
  for (const text of first.backbone.warnings) warn(onProgress, text);

  const found = await findSets(kind, options, listener);
  const { train } = found;
  const earlier = options.from === undefined ? undefined : await readEarlierRun(options.from, options.task);
  const files = goingOn(opened, earlier, options, train.outputs);
  training(options, () => requireTrainable(first, objectiveOf(options, train.outputs), options));
  const computedBy = versions(runtime, kind);
  const measuring = { engine, backbone: files.backbone, train, options, computedBy };
  const reading = (await kind.measured?.(given, measuring, listener)) ?? given;
  const network = reading === given && files === opened.files ? first : open(reading, files);
  requireRoom(network.backbone.sampleBytes, Math.min(options.batch, train.count), kind);
  sayThreads(options, onProgress);
  if (asked.device === "auto")
    onProgress?.({ kind: "message", text: `computes on ${options.device}, the fastest here` });
  return { options, engine, kind, found, earlier, files, computedBy, reading, network };
}

/** Everything that decides the result. @param beyond what does besides the options, or instead */
export function configurationOf(
  { options, kind, found, earlier, files, computedBy, reading, network }: Plan,
  beyond: Configuration,
): Configuration {
  return {
    format,
    ...computedBy,
    ...identityOf(options),
    ...reading.identity,
    "the head's start": describeStart(network.start.start),
    ...(typeof options.fold === "number" ? { "the fold that validates": options.fold } : {}),
    "the run that it goes on from": earlier?.mark ?? null,
    ...beyond,
    "content of --backbone": files.backbone.content,
    "content of --side": files.side?.content ?? null,
    [`content of the training ${kind.place}`]: found.train.fingerprint.text,
    "content of --val": found.validation?.fingerprint.text ?? null,
    "content of --test": found.test?.fingerprint.text ?? null,
    "content of --ood": found.ood.map((set) => set.fingerprint.text).join() || null,
  };
}

/** What is told of a job before its samples are opened, a line each. */
export function toldOf({ options, kind, found, earlier, reading, network }: Plan): string[] {
  const features = kind.tellsFeatures ? [network.backbone.found] : [];
  const carried = earlier ? carriedSentences(earlier, found.train.outputs, options.task) : [];
  return [...reading.told, ...features, startSentence(network.start), ...carried];
}

/** Says of which file it is what makes no sense of a model. */
function readingOf(kind: Kind, options: TuneOptions, opened: OpenedFile): Promise<Reading<Marked>> {
  return kind.reading(options, opened).catch((error: unknown) =>
    ofModel(options.backbone, (): never => {
      throw error;
    }),
  );
}

/** @throws {UserError} if a batch alone takes more memory than the machine has */
function requireRoom(sampleBytes: number, batch: number, { sample }: Kind): void {
  if (sampleBytes * batch <= totalmem()) return;
  const inMb = (bytes: number): string => Math.ceil(bytes / 1e6).toLocaleString("en");
  throw new UserError(
    `a batch of ${batch} ${sample}s takes ${inMb(sampleBytes * batch)} MB in the model, ${inMb(sampleBytes)} each, and this machine has ${inMb(totalmem())}; give a smaller --batch or --size`,
  );
}

/** A run that goes on on another machine has the number of threads of the first. */
function sayThreads({ out, threads }: TuneOptions, onProgress: Listener["onProgress"]): void {
  if (keptThreads(out) !== threads || threads === availableParallelism()) return;
  const text = `goes on with --threads ${threads}, as the run in ${out} began; this machine has ${availableParallelism()}`;
  onProgress?.({ kind: "message", text });
}
