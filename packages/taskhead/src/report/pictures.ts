import type { BestRun, HardSample } from "@taskhead/core/internals";
import type { Shown } from "../data/shown.js";

/** What a page shows of a sample besides numbers. */
export interface Picture extends Shown {
  /** the sample's place in its set */
  readonly index: number;
}

/** Of the samples that the winner gets most wrong, set by set, and of training samples whose label is to be checked. */
export type Pictures = Record<keyof BestRun["hardest"] | "labels", Picture[]>;

/** A sample as the gallery shows it. */
export interface GalleryItem extends HardSample, Omit<Picture, "index"> {}

/** Samples with their pictures. @param noun what a sample without one is called */
export function withPictures(
  samples: readonly HardSample[],
  pictures: readonly Picture[],
  noun: string,
): GalleryItem[] {
  const known = new Map(pictures.map((one) => [one.index, one]));
  return samples.map((sample) => {
    const { index } = sample;
    return { ...sample, ...(known.get(index) ?? { name: `${noun} ${index + 1}`, thumbnail: null }) };
  });
}
