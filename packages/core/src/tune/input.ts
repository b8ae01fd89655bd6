import { DataError } from "../given/errors.js";
import { engines } from "../data/samples.js";
import { requireOptions, requireWanted, type WantedOptions } from "../given/require.js";
import { called, having, isObject, number, signals, type Wanted } from "../given/wanted.js";
import { shown } from "../given/words.js";
import type { Modality } from "../backbone/modality.js";
import type { Engine } from "../engine/engine.js";
import type { ObjectiveName } from "../objectives/objective.js";
import type { FeatureCache, Spill, TuneSets } from "./job.js";
import type { NetworkFiles } from "./network.js";
import type { OnProgress } from "./progress.js";
import type { Settings } from "./settings/index.js";
import type { Store } from "./store/store.js";

/** What a tuning needs: a pretrained model, labelled samples, and a place to keep what it finds. */
export interface TuneInput<Source> extends NetworkFiles {
  engine: Engine;
  /** What kind of data it is: `images(…)`, or `ownSamples`. */
  modality: Modality<Source>;
  sets: TuneSets<Source>;
  /** What each output stands for: the names of classes, labels or numbers. */
  outputs: readonly string[];
  store: Store;
  settings?: Partial<Settings>;
  cache?: FeatureCache;
  /** For what is computed once and kept. Default 1 GB. */
  memoryBytes?: number;
  /** Where maps, and activations at a cut, go that take more. Default: nowhere, they are refused. */
  spill?: Spill;
  onProgress?: OnProgress;
  /** Stops the run, which can go on later from the same store. */
  signal?: AbortSignal;
}

const objects: Wanted = { wants: "an object", is: isObject };
/** Checked where it is opened. */
const anything: Wanted = { wants: "anything", is: () => true };
const lists: Wanted = { wants: "a list", is: Array.isArray };

const wantedOptions: WantedOptions<TuneInput<unknown>> = {
  engine: engines,
  modality: having("a kind of data, such as ownSamples or images()", "open", "prepare", "served"),
  backbone: anything,
  side: anything,
  pooling: objects,
  head: objects,
  config: objects,
  sets: { wants: "an object with train and validation", is: isObject },
  outputs: { wants: "a list of names, one for each class, label or number", is: Array.isArray },
  store: having("a store, such as memoryStore()", "read", "write", "remove", "within"),
  settings: objects,
  cache: objects,
  memoryBytes: number({ from: 0 }),
  spill: called,
  onProgress: called,
  signal: signals,
};

/** @throws {DataError} where a program without types gives something else; settings, model and samples are checked later */
export function requireInput<Source>(input: TuneInput<Source>): void {
  requireOptions<TuneInput<unknown>>("tune", input as TuneInput<unknown>, wantedOptions);
  for (const name of ["engine", "modality", "sets", "outputs", "store"] as const)
    requireWanted(name, input[name], wantedOptions[name]);
  requireSets(input.sets);
}

function requireSets<Source>({ train, validation, test, ood }: TuneSets<Source>): void {
  const set: Wanted = {
    wants: "{ source }, of which summary and content may say more",
    is: (value) => isObject(value) && Reflect.get(value, "source") !== undefined,
  };
  requireWanted("sets.train", train, set);
  requireWanted("sets.validation", validation, set);
  if (test) requireWanted("sets.test", test, set);
  if (ood === undefined) return;
  requireWanted("sets.ood", ood, lists);
  ood.forEach((one, i) => requireWanted(`sets.ood[${i}]`, one, set));
}

/** @throws {DataError} if outputs have no names, one name is of two, or there is one class alone */
export function requireNames(outputs: readonly string[], task: ObjectiveName): void {
  if (outputs.length === 0)
    throw new DataError("outputs is an empty list; name each class, label or number that the model is to predict");
  const wrong = outputs.findIndex((name) => typeof name !== "string" || name === "");
  if (wrong >= 0)
    throw new DataError(`outputs holds ${shown(outputs[wrong])} at place ${wrong}; give each output a name, a text`);
  const twice = outputs.find((name, i) => outputs.indexOf(name) < i);
  if (twice !== undefined) throw new DataError(`outputs names '${twice}' twice; give each output a name of its own`);
  if (outputs.length === 1 && task !== "multi-label" && task !== "regression")
    throw new DataError(`outputs names '${outputs[0]}' alone, and ${task} tells classes apart; name two at least`);
}
