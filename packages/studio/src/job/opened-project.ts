import { openBackbone, type Backbone, type Store, type TuneSet } from "@taskhead/core";
import { openData, readJson, unitsOf, writeJson, type JobData, type TuneSets } from "@taskhead/core/internals";
import { settle } from "@taskhead/core/settings";
import type { Device, TextFiles } from "@taskhead/core";
import type { SetName } from "../data/sets.js";
import { graphSamples } from "./graph-samples.js";
import { labelledSamples } from "./labelled-samples.js";
import { opfsStore } from "./opfs-store.js";
import { pictureSamples } from "./picture-samples.js";
import { format, keys, type Kind, type Project } from "./project.js";
import { openRuntime, type OpenedRuntime } from "./runtime.js";
import type { KindOfSamples, OpenedSamples } from "./samples.js";
import { dividedSamples, groupsOf } from "./sets-of.js";
import { maskedSamples } from "./masked-samples.js";
import { moleculeSamples } from "./molecule-samples.js";
import { textSamples } from "./text-samples.js";

export const kinds: Readonly<Record<Kind, KindOfSamples>> = {
  pictures: pictureSamples,
  masks: maskedSamples,
  texts: textSamples,
  molecules: moleculeSamples,
  graphs: graphSamples,
  labelled: labelledSamples,
};

/** A project with its samples and its backbone. */
export interface OpenedProject extends OpenedRuntime {
  readonly root: FileSystemDirectoryHandle;
  readonly store: Store;
  readonly project: Project;
  readonly model: Uint8Array;
  readonly files: TextFiles;
  readonly samples: OpenedSamples;
  readonly sets: TuneSets<unknown>;
  /** Of each set which of the samples it has. */
  readonly places: Readonly<Record<SetName, readonly number[]>>;
  readonly backbone: Backbone;
  /** What is learnt, and from which samples. */
  readonly data: JobData;
}

/** The folder of this page's files. @throws {Error} in words for people where the browser keeps none */
export async function openFiles(): Promise<{ root: FileSystemDirectoryHandle; store: Store }> {
  const none = (reason: string): Error =>
    new Error(
      `this browser keeps no files for the page (${reason}); open it in a window that is not private, or in another browser`,
    );
  // Some browsers lack all of it, in private windows or always.
  if (!navigator.storage?.getDirectory) throw none("it has no place for them");
  const all = await navigator.storage.getDirectory().catch((error: unknown) => {
    throw none((error as Error).message);
  });
  const root = await all.getDirectoryHandle("studio", { create: true });
  return { root, store: opfsStore(root) };
}

let runtime: Promise<OpenedRuntime> | undefined;

/** What computes here, which is settled once for a worker. */
export function computing(asked?: Device): Promise<OpenedRuntime> {
  return (runtime ??= openRuntime(asked));
}

let opened: Promise<OpenedProject> | undefined;

/** The project that is kept here; undefined without one, or of one that an older page has kept. */
export async function keptProject(): Promise<Project | undefined> {
  const kept = await readJson<Project>((await openFiles()).store, keys.project).catch(() => undefined);
  return kept?.format === format ? kept : undefined;
}

/** Keeps what has changed of it. */
export async function keepProject(project: Project): Promise<void> {
  await writeJson((await openFiles()).store, keys.project, project);
  const before = opened;
  if (before) opened = before.then((all) => ({ ...all, project }));
}

/** @throws {Error} in words for people, if there is none, or the browser has removed a part of it */
export function openedProject(): Promise<OpenedProject> {
  return (opened ??= open().catch((error: unknown) => {
    opened = undefined;
    throw error;
  }));
}

/** Removes all that is kept of it. */
export async function forget(): Promise<void> {
  opened = undefined;
  const { root } = await openFiles();
  for (const key of Object.values(keys)) await root.removeEntry(key, { recursive: true }).catch(() => undefined);
}

async function open(): Promise<OpenedProject> {
  const { root, store } = await openFiles();
  const project = await readJson<Project>(store, keys.project);
  if (!project) throw new Error("there is nothing to go on with; give samples first");
  const found = await computing(project.device);
  const { engine } = found;
  const [model, bytes] = [await store.read(keys.model), await store.read(keys.samples)];
  const files = await readJson<TextFiles & object>(store, keys.files);
  if (!model || !bytes || !files) throw new Error("the browser has removed what was kept here; give the samples again");
  const samples = await kinds[project.kind].open(project, { samples: bytes, model, files }, engine);
  const { modality, targets, keys: same } = samples;
  const { places: parts, said } = dividedSamples(project, samples);
  const groups = groupsOf(project.groups);
  // A text of which no word is left is none.
  const some = (chosen: readonly number[]): number[] => chosen.filter((i) => unitsOf(targets, [i]).length > 0);
  const places = { train: some(parts.train), validation: some(parts.validation), test: some(parts.test) };
  const backbone = openBackbone(model, { modality });
  const setOf = (set: SetName): TuneSet<unknown> => {
    const [chosen, where] = [places[set], project.sets?.where[set]];
    return {
      source: samples.pick(chosen),
      ...(where === undefined ? {} : { summary: { path: where, skipped: 0 } }),
      content: {
        keys: chosen.map((i) => same[i]!),
        names: chosen.map((i) => project.names[i]!),
        ...(groups ? { groups: chosen.map((i) => groups[i]) } : {}),
      },
    };
  };
  const test = places.test.length > 0 ? setOf("test") : null;
  const sets = { train: setOf("train"), validation: setOf("validation"), test };
  const settings = settle({ task: project.task });
  return {
    ...found,
    root,
    store,
    project,
    model,
    files,
    samples: { ...samples, said: [...samples.said, ...said] },
    sets,
    places,
    backbone,
    data: await openData(engine, modality, sets, settings, project.outputs, backbone.inputs),
  };
}
