import type { Device, Targets } from "@taskhead/core";
import {
  asTargets,
  type ObjectiveName,
  type Preprocessing,
  type Settings,
  type Target,
} from "@taskhead/core/internals";
import { usualFor } from "taskhead/inputs";
import type { OwnGroups } from "../data/groups.js";
import type { RowKind } from "../data/sheet.js";
import type { OwnSets } from "../data/sets.js";

/** What samples are. */
export type Kind = "pictures" | "masks" | RowKind;

/** What the backbone of each takes. */
export const takes = {
  pictures: "pictures",
  masks: "pictures",
  texts: "texts",
  molecules: "graphs",
  graphs: "graphs",
  labelled: "pictures",
} as const satisfies Record<Kind, BackboneChoice["kind"]>;

/** A pretrained network, and how samples become the numbers that it was pretrained on. */
export type BackboneChoice =
  | {
      readonly kind: "pictures";
      /** What people call it. */
      readonly name: string;
      readonly preprocessing: Preprocessing;
    }
  /** Its tokenizer is among the files beside it. */
  | { readonly kind: "texts"; readonly name: string }
  | { readonly kind: "graphs"; readonly name: string };

/** What a tab works on; it is kept, so that a tab that was closed goes on. */
export interface Project {
  /** Of how it is kept: one of another is not read. */
  readonly format: typeof format;
  readonly kind: Kind;
  readonly backbone: BackboneChoice;
  readonly task: ObjectiveName;
  /** The classes, the labels, the names of the numbers, or the tags. */
  readonly outputs: readonly string[];
  /** Of each sample: its name, and what is to be predicted of it, unless that is kept beside it, as masks are; of labels and numbers null is not known, of tags −1 is none. */
  readonly names: readonly string[];
  readonly targets: readonly (Target | readonly (number | null)[])[];
  /** Of pictures: equal for those that are the same. */
  readonly keys?: readonly string[];
  /** Which set each is of, where they were given in sets. */
  readonly sets?: OwnSets;
  /** Which group each is of, where groups are kept together. */
  readonly groups?: OwnGroups;
  /** Samples that could not be read. */
  readonly unreadable: readonly string[];
  /** What it computes on. */
  readonly device: Device;
  /** What was asked of fine-tuning, if it was begun. */
  readonly tuning?: Tuning;
}

/** What may be chosen of fine-tuning. */
export interface Tuning {
  /** Epochs of probing to start from; `auto`: four of them, evenly in energy. */
  readonly taus: "auto" | readonly number[];
  readonly epochs: number;
}

/** Changes with what `Project` has. */
export const format = 6;

/** Under which keys it is kept. */
export const keys = {
  project: "project.json",
  samples: "samples.bin",
  model: "backbone.onnx",
  files: "model-files.json",
  run: "run",
} as const;

/** Of the training samples, those that are kept back to choose by. */
export const validationShare = 0.2;

/** Samples of a step. */
export const batch = 32;

export const seed = 0;

/** Of how many "From several" are. */
export const severalStarts = 3;

/** The command's own, but for these. */
export function settingsOf(
  { task, kind }: Pick<Project, "task" | "kind">,
  { taus, epochs }: Tuning,
): Partial<Settings> {
  const { optimizer } = usualFor(takes[kind] === "texts" ? "texts" : undefined);
  return {
    task,
    ...(taus === "auto" ? { starts: severalStarts } : { taus: [...taus] }),
    ...(optimizer && { optimizer }),
    epochs,
    batch,
    seed,
  };
}

/** As training takes them. */
export function targetsOf({ task, outputs, targets }: Pick<Project, "task" | "outputs" | "targets">): Targets {
  const known = targets.map((target) => (typeof target === "number" ? target : target.map((one) => one ?? NaN)));
  return asTargets(task, known, outputs.length);
}
