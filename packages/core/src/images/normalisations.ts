import { meanAndSpread } from "../measures/seed-statistics.js";
import type { Triple } from "./preprocessing.js";

/** How pixels are normalised, in units of pixels / 255: the network gets (x − mean) / std. */
export interface Normalisation {
  readonly name: string;
  readonly mean: Triple;
  readonly std: Triple;
}

/** ImageNet's, which torchvision and timm take where nothing else is said. */
export const imagenet: Normalisation = {
  name: "ImageNet's",
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** What networks of images are commonly pretrained with, the likeliest first. */
export const usualNormalisations: readonly Normalisation[] = [
  imagenet,
  { name: "0..1 as it is", mean: [0, 0, 0], std: [1, 1, 1] },
  { name: "-1..1", mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  {
    name: "CLIP's",
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
  },
  { name: "CIFAR's", mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  { name: "0..255 as it is", mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] },
];

/**
 * Which of several measured candidates to take: the first, in their order, that is behind the best by no more than one
 * standard error of their difference, paired sample by sample. Many differ little; the order then says which is likelier.
 * @param measured what each sample adds to a candidate's score, [N], higher is better
 * @returns its index
 */
export function likeliest(measured: readonly ArrayLike<number>[]): number {
  const totals = measured.map((each) => sum(each));
  const best = measured[totals.indexOf(Math.max(...totals))]!;
  return measured.findIndex((each) => isLevel(best, each));
}

function isLevel(best: ArrayLike<number>, other: ArrayLike<number>): boolean {
  const { mean, spread } = meanAndSpread(Array.from(best, (one, i) => one - other[i]!));
  // One hit more is just one standard error, of any number of samples: rounding must not decide.
  return mean <= ((spread ?? 0) / Math.sqrt(best.length)) * (1 + 1e-9);
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, v) => total + v, 0);
}
