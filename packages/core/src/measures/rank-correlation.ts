/**
 * Spearman's rank correlation of two lists: Pearson's correlation of their ranks, equal values sharing the mean of
 * their ranks.
 * @returns −1..1; null where it does not exist: fewer than two pairs, or a list whose values are all equal
 * @throws {Error} if the lists differ in length.
 */
export function spearman(a: readonly number[], b: readonly number[]): number | null {
  if (a.length !== b.length) throw new Error(`${a.length} numbers cannot be ranked against ${b.length}`);
  return pearson(ranks(a), ranks(b));
}

function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

function pearson(a: readonly number[], b: readonly number[]): number | null {
  const mean = (a.length + 1) / 2;
  const product = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + (value - mean) * (y[i]! - mean), 0);
  const scale = Math.sqrt(product(a, a) * product(b, b));
  return scale > 0 ? product(a, b) / scale : null;
}
