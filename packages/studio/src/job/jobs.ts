import {
  classification,
  classTargets,
  exportedModel,
  images,
  imagesInMemory,
  openBackbone,
  probe,
  selected,
  split,
  tune,
  type Device,
  type ProbeStop,
  type Store,
  type TuneEvent,
  type TuneResults,
} from "@taskhead/core";
import {
  createResizer,
  findBlocks,
  pickImages,
  plainPreprocessing,
  readJson,
  servedInput,
  withOptions,
  writeJson,
  type Preprocessing,
} from "@taskhead/core/internals";
import { decoded } from "../data/decode.js";
import { classesOf, type Picture } from "../data/pictures.js";
import { zipped } from "../data/zip.js";
import { filesIn, opfsStore } from "./opfs-store.js";
import { keys, seed, validationShare, type BackboneChoice, type Project, type Tuning } from "./project.js";
import { openRuntime, type Opened } from "./runtime.js";

/** How far a long piece of work is. */
export interface Progress {
  readonly task: string;
  readonly done: number;
  readonly total: number;
}

/** The head after tau epochs of probing, as the page shows it. */
export type ProbedPoint = Pick<ProbeStop, "loss" | "trainScore" | "energy" | "validationScore" | "headNorm"> & {
  readonly tau: number;
};

/** What is known of a project once it is loaded. */
export interface Loaded {
  readonly project: Project;
  readonly threads: number;
  readonly parameters: number;
  readonly blocks: number;
  readonly found: string;
  readonly train: number;
  readonly validation: number;
  /** Of a run that was finished before. */
  readonly results: TuneResults | null;
}

interface Open extends Opened {
  readonly root: FileSystemDirectoryHandle;
  readonly store: Store;
}

let opening: Promise<Open> | undefined;

/** The folder of this page's files, and the runtime. */
function open(asked?: Device): Promise<Open> {
  opening ??= (async () => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("studio", { create: true });
    return { root, store: opfsStore(root), ...(await openRuntime(asked)) };
  })();
  return opening;
}

export interface Given {
  readonly pictures: readonly Picture[];
  readonly backbone: BackboneChoice;
  readonly model: Uint8Array;
}

/** What the worker does for the page. */
export const jobs = {
  /** What was worked on when the tab was closed; null if nothing was. */
  async last(): Promise<Loaded | null> {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("studio", { create: true });
    const project = await readJson<Project>(opfsStore(root), keys.project).catch(() => undefined);
    return project ? loadedOf(project) : null;
  },

  /** Decodes and resizes pictures, and keeps them with the backbone. */
  async load({ pictures, backbone, model }: Given, onEvent: (event: Progress) => void): Promise<Loaded> {
    const { engine, device, store, root } = await open();
    await forget(root);
    const resize = await createResizer(engine, preprocessingOf(backbone));
    const classes = classesOf(pictures);
    const size = 3 * backbone.side ** 2;
    const pixels = new Uint8Array(pictures.length * size);
    const [names, labels, unreadable]: [string[], number[], string[]] = [[], [], []];
    for (const [i, { name, label, file }] of pictures.entries()) {
      try {
        const { rgb, width, height } = await decoded(file);
        pixels.set(await resize(rgb, width, height), names.length * size);
        names.push(name);
        labels.push(classes.indexOf(label));
      } catch {
        unreadable.push(name);
      }
      onEvent({ task: "reading pictures", done: i + 1, total: pictures.length });
    }
    const project: Project = { backbone, classes, names, labels, unreadable, device };
    // Before anything is kept: a model that does not fit is said so at once.
    openBackbone(model, { modality: modalityOf(project) });
    await store.write(keys.model, model);
    await store.write(keys.pixels, pixels.subarray(0, names.length * size));
    await writeJson(store, keys.project, project);
    return loadedOf(project);
  },

  /** Probes a linear head on the frozen backbone, and tells of every tau as it comes. */
  async probe(_: null, onEvent: (event: Progress | ProbedPoint) => void): Promise<ProbedPoint[]> {
    const { engine, project, backbone, train, validation } = await opened();
    const probing = await probe(
      backbone,
      { engine, objective: classification(project.classes.length), train, validation },
      {
        epochs: 64,
        batch: 32,
        seed,
        onFeatures: (done, total) => onEvent({ task: "computing features", done, total }),
        onStop: (stop) => onEvent(pointOf(stop)),
      },
    );
    return probing.stops.map(pointOf);
  },

  /** Fine-tunes from one or several taus, and goes on where it was stopped. */
  async tune(tuning: Tuning, onEvent: (event: TuneEvent) => void): Promise<TuneResults> {
    const { engine, store, root, project, source, model } = await opened();
    const asked = JSON.stringify(tuning);
    if (JSON.stringify(project.tuning) !== asked) {
      await root.removeEntry(keys.run, { recursive: true }).catch(() => undefined);
      await writeJson(store, keys.project, { ...project, tuning });
    }
    const parts = partsOf(project);
    const setOf = (chosen: readonly number[]) => ({
      source: pickImages(source, chosen, source.targets),
      content: { keys: chosen.map((i) => `${i}`), names: chosen.map((i) => project.names[i]!) },
    });
    return tune({
      engine,
      modality: modalityOf(project),
      backbone: { bytes: model },
      sets: { train: setOf(parts.train), validation: setOf(parts.validation) },
      outputs: project.classes,
      store: store.within(keys.run),
      settings: { taus: tuning.taus === "auto" ? "auto" : [...tuning.taus], epochs: tuning.epochs, batch: 32, seed },
      onProgress: onEvent,
    });
  },

  /** What the exported model says of a picture, the likeliest class first. */
  async predict(file: Blob): Promise<{ label: string; probability: number }[]> {
    const { engine, store, project } = await opened();
    const bytes = await store.within(keys.run).read(exportedModel);
    if (!bytes) throw new Error("there is no fine-tuned model yet");
    const { rgb, width, height } = await decoded(file);
    const pixels = new Float32Array(rgb.length);
    const size = width * height;
    for (let i = 0; i < size; i++) for (let c = 0; c < 3; c++) pixels[c * size + i] = rgb[i * 3 + c]!;
    const session = await engine.processor.session(bytes);
    try {
      const { logits } = await session.run({ [servedInput]: engine.tensor("float32", pixels, [1, 3, height, width]) });
      const q = Array.from(logits!.data as Float32Array);
      const highest = Math.max(...q);
      const e = q.map((one) => Math.exp(one - highest));
      const sum = e.reduce((a, b) => a + b, 0);
      return project.classes
        .map((label, i) => ({ label, probability: e[i]! / sum }))
        .sort((a, b) => b.probability - a.probability);
    } finally {
      await session.release();
    }
  },

  /** The folder of the exported model as a zip. */
  async download(): Promise<Uint8Array> {
    const { root } = await opened();
    return zipped(await filesIn(root, [keys.run, "model"]));
  },

  /** Small copies of some pictures, RGB bytes channels first, for the page to show. */
  async shown(indices: readonly number[]): Promise<{ side: number; pixels: Uint8Array[] }> {
    const { source, project } = await opened();
    const size = 3 * project.backbone.side ** 2;
    const all = new Uint8Array(indices.length * size);
    await source.gather(indices, all);
    return { side: project.backbone.side, pixels: indices.map((_, i) => all.slice(i * size, (i + 1) * size)) };
  },

  /** Removes all that is kept of the project. */
  async forget(): Promise<void> {
    await forget((await open()).root);
  },
};

export type Jobs = typeof jobs;

async function forget(root: FileSystemDirectoryHandle): Promise<void> {
  for (const key of Object.values(keys)) await root.removeEntry(key, { recursive: true }).catch(() => undefined);
}

/** The project with its pictures and its backbone. */
async function opened() {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("studio", { create: true });
  const project = await readJson<Project>(opfsStore(root), keys.project);
  if (!project) throw new Error("there is nothing to go on with; give pictures first");
  const { engine, store, ...rest } = await open(project.device);
  const [model, pixels] = [await store.read(keys.model), await store.read(keys.pixels)];
  if (!model || !pixels) throw new Error("the browser has removed what was kept here; give the pictures again");
  const source = imagesInMemory(pixels, classTargets(project.labels), shapeOf(project));
  const modality = modalityOf(project);
  const samples = await modality.open(source, engine);
  const parts = partsOf(project);
  return {
    ...rest,
    engine,
    store,
    project,
    model,
    source,
    backbone: openBackbone(model, { modality }),
    train: selected(samples, parts.train),
    validation: selected(samples, parts.validation),
  };
}

async function loadedOf(project: Project): Promise<Loaded> {
  const { threads, store } = await open(project.device);
  const { backbone } = await opened();
  const parts = partsOf(project);
  const results =
    project.tuning && (await readJson<TuneResults>(store.within(keys.run), "results.json").catch(() => undefined));
  return {
    project,
    threads,
    parameters: backbone.parameterCount,
    blocks: findBlocks(backbone).length,
    found: backbone.found,
    train: parts.train.length,
    validation: parts.validation.length,
    results: results ?? null,
  };
}

function partsOf({ labels }: Project) {
  return split(classTargets(labels), validationShare, seed);
}

function preprocessingOf({ side, mean, std }: BackboneChoice): Preprocessing {
  return withOptions(plainPreprocessing(side), { mean, std });
}

function modalityOf({ backbone }: Project) {
  return images({ preprocessing: preprocessingOf(backbone) });
}

function shapeOf({ backbone: { side } }: Project): [number, number, number] {
  return [3, side, side];
}

function pointOf({ tau, loss, trainScore, energy, validationScore, headNorm }: ProbeStop): ProbedPoint {
  return { tau: Number(tau), loss, trainScore, energy, validationScore, headNorm };
}
