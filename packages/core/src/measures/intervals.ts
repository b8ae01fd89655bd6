import { pairedDifference } from "./seed-statistics.js";

/** 95 % intervals for the difference of two accuracies, by what is known of them. */

export interface Interval {
  /** As measured, a fraction. */
  difference: number;
  low: number;
  high: number;
  /** What it rests on. */
  basis: "seeds" | "paired images" | "independent images";
}

/** The 97.5 % quantile of the normal distribution. */
const z975 = 1.959964;

/**
 * Standard error of an accuracy over n images, binomial, with one success and one failure added (Agresti and Caffo
 * 2000): it then stays above zero when all images are right, and hardly changes otherwise. Null without images.
 */
export function accuracyError(accuracy: number, images: number): number | null {
  if (images <= 0) return null;
  const shrunk = (accuracy * images + 1) / (images + 2);
  return Math.sqrt((shrunk * (1 - shrunk)) / (images + 2));
}

/**
 * For two accuracies on the same n images of which only the accuracies are known: as if they were independent. They are
 * not, and the true interval is usually narrower.
 */
export function independentImages(a: number, b: number, images: number): Interval {
  const error = Math.hypot(accuracyError(a, images) ?? Infinity, accuracyError(b, images) ?? Infinity);
  return around(a - b, z975 * error, "independent images");
}

/**
 * For two networks judged on the same images. Only the images that one gets right and the other wrong tell them apart, as
 * in McNemar's test; the interval is Wald's with half an image added to each of the four cells (Agresti and Min 2005).
 * @param a `1` or `0` for each image, right or wrong
 * @param b of the same images in the same order
 */
export function pairedImages(a: string, b: string): Interval {
  if (a.length !== b.length) throw new Error(`${a.length} images cannot be paired with ${b.length}`);
  const count = (hit: string): number => [...a].filter((own, i) => own === hit && b[i] !== hit).length;
  const [onlyA, onlyB] = [count("1"), count("0")];
  const images = a.length + 2;
  const centre = (onlyA - onlyB) / images;
  const error = Math.sqrt((onlyA + onlyB + 1) / images - centre ** 2) / Math.sqrt(images);
  const { low, high } = around(centre, z975 * error, "paired images");
  return { difference: (onlyA - onlyB) / a.length, low, high, basis: "paired images" };
}

/** For accuracies measured once per seed: Student's interval of their paired differences. Null for fewer than two seeds. */
export function overSeeds(a: readonly number[], b: readonly number[]): Interval | null {
  const paired = pairedDifference(a, b);
  return paired && { difference: paired.mean, low: paired.low, high: paired.high, basis: "seeds" };
}

function around(difference: number, reach: number, basis: Interval["basis"]): Interval {
  return { difference, low: difference - reach, high: difference + reach, basis };
}
