import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { targetCount, type Targets } from "./targets.js";

/** Indices of samples, both ascending. */
export interface Split {
  train: number[];
  validation: number[];
}

/**
 * Splits samples 0..N−1, about `fraction` of them to validation: of every class alike where targets are class indices,
 * else at random. Two samples or more leave at least one on either side. The same seed gives the same split.
 * @param fraction between 0 and 1
 */
export function split(targets: Targets, fraction: number, seed: number): Split {
  const classes = targets.data instanceof Int32Array && targets.shape.length === 0;
  return stratifiedSplit(classes ? targets.data : new Uint8Array(targetCount(targets)), fraction, seed);
}

/**
 * Splits indices 0..N−1 so that each class gives about `fraction` of its samples to validation. A class of two or more
 * keeps at least one on either side; a class of one stays in training. The same seed gives the same split.
 * @param labels class indices, [N]
 * @param fraction between 0 and 1
 */
export function stratifiedSplit(labels: ArrayLike<number>, fraction: number, seed: number): Split {
  const byClass = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const own = byClass.get(labels[i]!);
    if (own) own.push(i);
    else byClass.set(labels[i]!, [i]);
  }
  const random = xoroshiro128plus(seed);
  const train: number[] = [];
  const validation: number[] = [];
  for (const label of [...byClass.keys()].sort((a, b) => a - b)) {
    const own = byClass.get(label)!;
    const count = own.length < 2 ? 0 : Math.min(Math.max(Math.round(fraction * own.length), 1), own.length - 1);
    // Fisher and Yates, as far as it is needed.
    for (let i = 0; i < count; i++) {
      const j = uniformInt(random, i, own.length - 1);
      [own[i], own[j]] = [own[j]!, own[i]!];
    }
    validation.push(...own.slice(0, count));
    train.push(...own.slice(count));
  }
  const ascending = (a: number, b: number): number => a - b;
  return { train: train.sort(ascending), validation: validation.sort(ascending) };
}
