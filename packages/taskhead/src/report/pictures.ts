import type { BestRun, HardSample } from "@taskhead/core/internals";

/** What a page shows of a sample besides numbers. */
export interface Picture {
  /** the sample's place in its set */
  index: number;
  /** where it comes from, such as a file */
  name: string;
  /** a `data:` URI; null where there is no picture */
  thumbnail: string | null;
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
    const { name = `${noun} ${sample.index + 1}`, thumbnail = null } = known.get(sample.index) ?? {};
    return { ...sample, name, thumbnail };
  });
}
