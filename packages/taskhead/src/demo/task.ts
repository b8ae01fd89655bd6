import type { Backbone, Data, Engine } from "@taskhead/core";
import type { TuneInput } from "../options/input.js";
import type { DemoSubject } from "../report/demo/index.js";
import type { Recipe } from "./recipe.js";

/** A small task that can be drawn at random any number of times, and a network that was pretrained on another. */
export interface DemoTask {
  readonly subject: DemoSubject;
  readonly classes: readonly string[];
  readonly recipe: Recipe;
  /** Of each fresh draw, and for each class: samples that are trained on, and that are tested. */
  readonly perClass: { readonly train: number; readonly test: number };
  /** A seed for each fresh draw, of which it is drawn, probed and trained: first run when the recipe was settled. */
  readonly seeds: readonly number[];
  /** Writes the samples of the demo's own run into a folder. @returns where they are, and how `tune` is to read them */
  files(folder: string): Promise<Pick<TuneInput, "train" | "val" | "test" | "backbone" | "size" | "mean" | "std">>;
  /** Opens the network, and whatever makes fresh draws. */
  open(engine: Engine): Promise<Opened>;
  /** What `taskhead predict` may be asked, as a word of a command line. @param folder that the samples are in */
  question(folder: string): string;
}

export interface Opened {
  readonly backbone: Backbone;
  draw(seed: number): Promise<Pick<Data, "train" | "validation">>;
}

/** The number of the class of each of `count` samples a class, class after class. */
export function labelsOf({ length }: readonly string[], count: number): number[] {
  return Array.from({ length: length * count }, (_, n) => Math.floor(n / count));
}
