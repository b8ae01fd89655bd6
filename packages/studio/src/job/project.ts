import type { Device } from "@taskhead/core";
import type { Triple } from "@taskhead/core/internals";

/** How the pixels of a picture become the numbers that a backbone was pretrained on. */
export interface BackboneChoice {
  /** What people call it. */
  readonly name: string;
  /** The side of the square that it takes, in pixels. */
  readonly side: number;
  readonly mean: Triple;
  readonly std: Triple;
}

/** What a tab works on; it is kept, so that a tab that was closed goes on. */
export interface Project {
  readonly backbone: BackboneChoice;
  readonly classes: readonly string[];
  /** Of each picture: its name, and the number of its class. */
  readonly names: readonly string[];
  readonly labels: readonly number[];
  /** Pictures that could not be read. */
  readonly unreadable: readonly string[];
  /** Numbers of a run belong to the device that computed them. */
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

/** Under which keys it is kept. */
export const keys = { project: "project.json", pixels: "pixels.bin", model: "backbone.onnx", run: "run" } as const;

/** Of the training pictures, those that are kept back to choose by. */
export const validationShare = 0.2;

export const seed = 0;
