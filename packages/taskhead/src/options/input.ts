import type { TuneEvent } from "@taskhead/core";
import type { Optioned } from "./table.js";

export type { TuneEvent };

/** How a command shows what it found is nothing to a program. */
type Option = Exclude<keyof Optioned, "train" | "backbone" | "out" | "wide" | "json" | "verbose">;

/**
 * What `tune` takes: where the training images and the backbone are, where the run is kept, and any other option, by the
 * names and with the defaults of docs/options.md.
 */
export interface TuneInput extends Partial<Pick<Optioned, Option>> {
  /** Training samples: a file, a folder, or `hf:org/name` of the Hugging Face hub. */
  train: string;
  /** Pretrained model, an .onnx file or a folder with onnx/model.onnx; or `hf:org/name`. Not given where `from` is. */
  backbone?: string;
  /** Run folder; the same call resumes from it. */
  out: string;
  /** Stops the run, which can go on later. */
  signal?: AbortSignal;
  onProgress?: (event: TuneEvent) => void;
}
