import type { TuneOptions } from "./table.js";

/** What a tuning tells while it runs. */
export type TuneEvent =
  | {
      readonly kind: "progress";
      /** What is being done, in words: `head probing`. */
      readonly task: string;
      /** Units finished so far, of `total`. */
      readonly done: number;
      readonly total: number;
      /** A plural noun: `images`, `steps`. */
      readonly unit: string;
      /** What there is to say besides, such as the loss. */
      readonly note?: string;
    }
  /** Something to know, such as a rate that was found or an image that was skipped. */
  | { readonly kind: "message"; readonly text: string };

/** How a command shows what it found is nothing to a program. */
type Option = Exclude<keyof TuneOptions, "train" | "backbone" | "out" | "json" | "verbose">;

/**
 * What `tune` takes: where the training images and the backbone are, where the run is kept, and any other option, by the
 * names and with the defaults of docs/options.md.
 */
export interface TuneInput extends Partial<Pick<TuneOptions, Option>> {
  /** Folder of training images. */
  train: string;
  /** Pretrained model, an .onnx file. */
  backbone: string;
  /** Run folder; the same call resumes from it. */
  out: string;
  /** Stops the run, which can go on later. */
  signal?: AbortSignal;
  onProgress?: (event: TuneEvent) => void;
}
