import {
  denseHead,
  exportedModel,
  linearHead,
  openBackbone,
  probe,
  tune,
  type Device,
  type ProbeOptions,
  type ProbeStop,
  type TuneEvent,
  type TuneInput,
  type TuneResults,
} from "@taskhead/core";
import {
  dataNotes,
  findBlocks,
  headStartFor,
  readJson,
  summaryOf,
  writeJson,
  type Feeds,
} from "@taskhead/core/internals";
import { zipped } from "../data/zip.js";
import { LostError } from "./calls.js";
import { forecaster, type Forecasted, type Wanted } from "./forecaster.js";
import { computing, forget, keepProject, keptProject, kinds, openedProject, openFiles } from "./opened-project.js";
import { filesIn, requireRoom } from "./opfs-store.js";
import { requireOwnExport } from "./own-export.js";
import { batch, format, keys, seed, settingsOf, type BackboneChoice, type Project, type Tuning } from "./project.js";
import { keepPictures, keptPictures, picturesKey } from "./run-pictures.js";
import type { Asked, Given, Logits, Progress, Said } from "./samples.js";
import { dividedSamples } from "./sets-of.js";
import type { Finished, Loaded, ProbedPoint } from "./told.js";
import { sparingly } from "./sparingly.js";
import { wholeModel } from "./whole-model.js";

/** What the worker does for the page. */
export const jobs = {
  /** What was worked on when the tab was closed; null if nothing was. */
  async last(): Promise<Loaded | null> {
    return (await keptProject()) ? loaded() : null;
  },

  /** Makes numbers of samples, and keeps them with the backbone. */
  async load(given: Given & { readonly device?: Device }, onEvent: (event: Progress) => void): Promise<Loaded> {
    const { engine, device } = await computing(given.device);
    const { kind: name, backbone, files } = given;
    const model = inItsName(backbone, () => wholeModel(given.model, given.weights));
    const kind = kinds[name];
    const { bytes, ...read } = await kind.read({ ...given, model }, engine, onEvent);
    const project: Project = { format, kind: name, backbone, ...read, device };
    // Before what was kept makes room: a model that does not fit, or samples that cannot be divided, are said so at once.
    const samples = await kind.open(project, { samples: bytes, model, files }, engine);
    inItsName(backbone, () => openBackbone(model, { modality: samples.modality }));
    dividedSamples(project, samples);
    await requireRoom(model.length + bytes.length);
    await forget();
    try {
      const { store } = await openFiles();
      await store.write(keys.model, model);
      await store.write(keys.samples, bytes);
      await writeJson(store, keys.files, files);
      await keepProject(project);
      return await loaded();
    } catch (error) {
      // What cannot be gone on with takes no room.
      await forget();
      throw error;
    }
  },

  /** Probes a head on the frozen backbone, and tells of every tau as it comes. */
  async probe(_: null, onEvent: (event: Progress | ProbedPoint) => void): Promise<ProbedPoint[]> {
    const { backbone, data, files } = await openedProject();
    const { map, places } = backbone;
    // As fine-tuning starts it, from which the curve tells where.
    const { start } = headStartFor(files["config.json"]);
    const options: ProbeOptions = {
      architecture: map && places ? denseHead({ map, size: places, start }) : linearHead({ start }),
      epochs: 64,
      batch,
      seed,
      onFeatures: (done, total) => onEvent({ task: "computing features", done, total }),
      onStop: (stop) => onEvent(pointOf(stop)),
    };
    stopForecast.abort(new Error("stopped"));
    const probing = await alone(() => unlessLost(() => probe(backbone, data, options)));
    forecasting = forecaster(await openedProject(), probing.stops);
    return probing.stops.map(pointOf);
  },

  /** How far fine-tuning from one of the probed heads will move the features. */
  async forecast(wanted: Wanted, onEvent: (event: Progress) => void): Promise<Forecasted> {
    // Another worker has stood here since.
    if (!forecasting) await jobs.probe(null, (event) => "task" in event && onEvent(event));
    for (;;) {
      const { signal } = (stopForecast = new AbortController());
      try {
        return await alone(() => unlessLost(() => forecasting!(wanted, onEvent, signal)));
      } catch (error) {
        if (error !== askedMeanwhile) throw error;
      }
    }
  },

  /** Fine-tunes from one or several taus, and goes on where it was stopped. */
  async tune(tuning: Tuning, onEvent: (event: TuneEvent) => void): Promise<Finished> {
    const { engine, store, root, project, samples, model, files, sets } = await openedProject();
    if (JSON.stringify(project.tuning) !== JSON.stringify(tuning)) {
      await root.removeEntry(keys.run, { recursive: true }).catch(() => undefined);
      await keepProject({ ...project, tuning });
    }
    const config = files["config.json"];
    const input: TuneInput<unknown> = {
      engine,
      modality: samples.modality,
      backbone: { bytes: model },
      ...(config ? { config } : {}),
      sets,
      outputs: project.outputs,
      store: store.within(keys.run),
      settings: settingsOf(project, tuning),
      onProgress: sparingly(onEvent),
    };
    stopForecast.abort(new Error("stopped"));
    const results = await alone(() => unlessLost(() => tune(input)));
    return { results, pictures: await keepPictures(await openedProject(), results) };
  },

  /** What the exported model says of a picture, a text or a molecule. */
  async predict(asked: Asked): Promise<Said> {
    const { engine, store, samples } = await openedProject();
    const run = store.within(keys.run);
    const bytes = await run.read(exportedModel);
    if (!bytes) throw new Error("there is no fine-tuned model yet");
    await requireOwnExport(run, new Map([[exportedModel, bytes]]));
    stopForecast.abort(askedMeanwhile);
    return alone(async () => {
      const { threads } = samples;
      const session = await engine.processor.session(bytes, threads === undefined ? {} : { threads });
      const logitsOf = async (feeds: Feeds): Promise<Logits> => (await session.run(feeds))["logits"] as Logits;
      return samples.ask(logitsOf, asked, bytes).finally(() => session.release());
    });
  },

  /** The folder of the exported model as a zip, with the run's results, which open as a report. */
  async download(): Promise<Uint8Array> {
    const { root, store } = await openedProject();
    const run = store.within(keys.run);
    const files = await filesIn(root, [keys.run, "model"]);
    await requireOwnExport(run, new Map([...files].map(([name, bytes]) => [`model/${name}`, bytes])));
    for (const name of ["run.json", "results.json", picturesKey]) {
      const bytes = await run.read(name);
      if (bytes) files.set(name, bytes);
    }
    return zipped(files);
  },

  /** Removes all that is kept of the project. */
  forget: (): Promise<void> => forget(),
};

export type Jobs = typeof jobs;

/** Of the heads that were probed here. */
let forecasting: ReturnType<typeof forecaster> | undefined;
/** What is asked for now is worth more. */
let stopForecast = new AbortController();
/** Why a forecast has to begin again: the model was asked something, which is not to wait for it. */
const askedMeanwhile = new Error("stopped");

async function loaded(): Promise<Loaded> {
  const opened = await openedProject();
  const { threads, store, backbone, project, samples, sets, data } = opened;
  const results =
    project.tuning && (await readJson<TuneResults>(store.within(keys.run), "results.json").catch(() => undefined));
  return {
    project,
    threads,
    parameters: backbone.parameterCount,
    blocks: findBlocks(backbone).length,
    said: [backbone.found, ...samples.said, ...backbone.warnings],
    notes: dataNotes(summaryOf({ sets, modality: samples.modality, data, outputs: project.outputs })),
    train: data.train.count,
    validation: data.validation.count,
    test: data.test?.count ?? 0,
    metric: data.objective.metric,
    finished: results
      ? { results, pictures: (await keptPictures(opened)) ?? (await keepPictures(opened, results)) }
      : null,
  };
}

/** @throws {Error} what is wrong with a model, with its name */
function inItsName<T>({ name }: BackboneChoice, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  }
}

function pointOf({ tau, loss, trainScore, energy, validationScore, headNorm }: ProbeStop): ProbedPoint {
  return { tau: Number(tau), loss, trainScore, energy, validationScore, headNorm };
}

/**
 * Work on the device, which may be lost under it: what fails or never ends then is said to be that, and from here on the
 * project is one of the processor.
 * @throws {LostError}
 */
async function unlessLost<T>(work: () => Promise<T>): Promise<T> {
  const { lost, device, project } = await openedProject();
  if (device !== "webgpu") return work();
  const gone = lost.then(async (why): Promise<never> => {
    await keepProject({ ...project, ...(await keptProject()), device: "wasm" });
    throw new LostError(why);
  });
  // Where nobody waits for it any more.
  gone.catch(() => undefined);
  // What fails may be the first word of the loss.
  const done = work().catch((error: unknown) => Promise.race([gone, later(error)]));
  return Promise.race([done, gone]);
}

let running: Promise<unknown> | undefined;

/** Work with the runtime to itself, which does not bear two runs at a time: when what goes on has ended. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  while (running) await running;
  const done = work();
  const free = (): void => void (running = undefined);
  running = done.then(free, free);
  return done;
}

async function later(error: unknown): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, 500));
  throw error;
}
