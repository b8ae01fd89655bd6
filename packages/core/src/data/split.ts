import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { dealGroups, linkedGroups, type Groups } from "./deal-groups.js";
import { random, shuffle } from "./random.js";
import { DataError } from "../given/errors.js";
import { requireWanted } from "../given/require.js";
import { number, whole } from "../given/wanted.js";
import { targetCount, type Targets } from "./targets.js";

/** Indices of samples, both ascending. */
export interface Split {
  train: number[];
  validation: number[];
}

/**
 * Splits samples 0..N−1, about `fraction` of them to validation: of every class alike where targets are class indices,
 * else at random. Two samples or more leave at least one on either side, but for classes of one sample, which are trained on: then
 * there may be none to validate on. The same seed gives the same split.
 * @param fraction above 0 and below 1
 * @param keys equal for samples that are the same, which then stay together: a copy of what is trained on would flatter
 * validation. Such that have different targets are trained on. Default: all differ.
 * @param groups equal for samples of one group, such as a patient, which then stay together too: by `dealGroups`, both sides
 * get every class, and every label's answers, that two groups or more have, and training what only one has. Validation is
 * empty where no group can be spared. Default: no groups.
 * @throws {DataError} for another fraction, a seed that is no whole number, and unless every sample has its key, and its group
 */
export function split(
  targets: Targets,
  fraction: number,
  seed: number,
  keys?: readonly string[],
  groups?: Groups,
): Split {
  requireWanted("fraction", fraction, number({ above: 0, below: 1 }));
  requireWanted("seed", seed, whole());
  requireOneEach("keys", keys, targets);
  requireOneEach("groups", groups, targets);
  if (!groups) return stratifiedSplit(strataOf(targets), fraction, seed, keys);
  const shares = [1 - fraction, fraction];
  const rng = random(seed, "groups");
  const [train, validation] = dealGroups(targets, { groups: linked(groups, keys), shares, only: 0, rng });
  return { train: train!, validation: validation! };
}

function requireOneEach(name: string, given: readonly unknown[] | undefined, targets: Targets): void {
  const count = targetCount(targets);
  if (given && given.length !== count)
    throw new DataError(`there are ${given.length} ${name} for ${count} samples; give one of each`);
}

/**
 * Deals samples 0..N−1 to folds of about one size, each class to all of them alike where targets are class indices, else at
 * random. The same seed gives the same folds.
 * @param keys equal for samples that are the same, which then stay together. Default: all differ.
 * @param groups equal for samples of one group, which then stay together too, by `dealGroups`. Default: no groups.
 * @returns the samples of each fold, ascending; a fold is empty where there are fewer samples, or groups
 */
export function foldsOf(
  targets: Targets,
  count: number,
  seed: number,
  keys?: readonly string[],
  groups?: Groups,
): number[][] {
  const rng = random(seed, "folds");
  if (groups)
    return dealGroups(targets, { groups: linked(groups, keys), shares: Array<number>(count).fill(1 / count), rng });
  const { byClass, mixed } = unitsOf(strataOf(targets), keys);
  const classes = [...byClass.keys()].sort((a, b) => a - b).map((label) => byClass.get(label)!);
  const folds = Array.from({ length: count }, (): number[] => []);
  const units = [...classes, mixed].flatMap((own) => shuffle([...own], rng));
  units.forEach((unit, i) => folds[i % count]!.push(...unit));
  return folds.map((fold) => fold.sort((a, b) => a - b));
}

function linked(groups: Groups, keys: readonly string[] | undefined): Groups {
  return keys ? linkedGroups(groups, keys) : groups;
}

/** What a division keeps in proportion: the classes, or all samples as one. */
function strataOf(targets: Targets): ArrayLike<number> {
  const classes = targets.data instanceof Int32Array && targets.shape.length === 0 && !targets.starts;
  return classes ? targets.data : new Uint8Array(targetCount(targets));
}

/**
 * Splits indices 0..N−1 so that each class gives about `fraction` of its samples to validation. A class of two or more
 * that differ keeps at least one on either side; a class of one stays in training. The same seed gives the same split.
 * @param labels class indices, [N]
 * @param fraction between 0 and 1
 * @param keys as `split` has them
 */
export function stratifiedSplit(
  labels: ArrayLike<number>,
  fraction: number,
  seed: number,
  keys?: readonly string[],
): Split {
  const random = xoroshiro128plus(seed);
  const { byClass, mixed } = unitsOf(labels, keys);
  const train = mixed.flat();
  const validation: number[] = [];
  for (const label of [...byClass.keys()].sort((a, b) => a - b)) {
    const { chosen, left } = divide(byClass.get(label)!, fraction, (from, to) => uniformInt(random, from, to));
    validation.push(...chosen.flat());
    train.push(...left.flat());
  }
  const ascending = (a: number, b: number): number => a - b;
  return { train: train.sort(ascending), validation: validation.sort(ascending) };
}

/** Samples that stay together: one, or several that are the same. */
type Unit = number[];

/** @returns the units of each class, and those of several classes; all by their first sample */
function unitsOf(labels: ArrayLike<number>, keys: readonly string[] | undefined) {
  const byKey = new Map<string | number, Unit>();
  for (let i = 0; i < labels.length; i++) {
    const key = keys ? keys[i]! : i;
    const unit = byKey.get(key);
    if (unit) unit.push(i);
    else byKey.set(key, [i]);
  }
  const byClass = new Map<number, Unit[]>();
  const mixed: Unit[] = [];
  for (const unit of byKey.values()) {
    const label = labels[unit[0]!]!;
    const own = byClass.get(label);
    if (unit.some((i) => labels[i] !== label)) mixed.push(unit);
    else if (own) own.push(unit);
    else byClass.set(label, [unit]);
  }
  return { byClass, mixed };
}

/** Chooses about `fraction` of the samples of some units. */
function divide(units: readonly Unit[], fraction: number, draw: (from: number, to: number) => number) {
  const order = [...units];
  const size = order.reduce((sum, unit) => sum + unit.length, 0);
  const wanted = Math.min(Math.max(Math.round(fraction * size), 1), size - 1);
  const chosen = new Set<Unit>();
  let taken = 0;
  // Fisher and Yates, as far as it is needed.
  for (let i = 0; i < order.length && taken < wanted; i++) {
    const j = draw(i, order.length - 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
    const then = taken + order[i]!.length;
    // Copies that lead further beyond what is wanted than it is still away are trained on; not all can be chosen.
    if (then - wanted > wanted - taken || then === size) continue;
    chosen.add(order[i]!);
    taken = then;
  }
  if (chosen.size === 0 && order.length > 1)
    chosen.add(order.reduce((least, unit) => (unit.length < least.length ? unit : least)));
  return { chosen: [...chosen], left: order.filter((unit) => !chosen.has(unit)) };
}
