import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { PCA } from "ml-pca";

/** Features in two dimensions, before and after fine-tuning, in the same coordinates. */
export interface Projection {
  /** Which samples are shown. */
  samples: number[];
  /** [x, y] of each, in feature units from the mean of all. */
  before: [number, number][];
  after: [number, number][];
  /** The part of the variance that each axis shows, 0..1. */
  explained: [number, number];
}

/** A plot has no room for more samples. */
const mostShown = 250;

/** Products of features, between all pairs of rows, that a projection may take: some seconds. */
const mostProducts = 4e9;

/** Which of `count` samples a projection shows: at most 250, evenly spaced; fewer where each has very many features. */
export function shownSamples(count: number, width: number): number[] {
  const affordable = Math.max(2, Math.floor(Math.sqrt(mostProducts / width) / 2));
  const most = Math.min(mostShown, affordable, count);
  return Array.from({ length: most }, (_, i) => Math.floor((i * count) / most));
}

/**
 * The first two principal components of z_0 and z_T together: one projection fitted on both, so that what moved can be
 * seen.
 * @param samples which they are
 * @param before z_0 of those samples, [n, width] row-major
 * @param after z_T, likewise
 */
export function projectFeatures(samples: readonly number[], before: Float32Array, after: Float32Array): Projection {
  const { places, explained } = projectTogether([before, after], before.length / samples.length);
  return { samples: [...samples], before: places[0]!, after: places[1]!, explained };
}

/** Places of the same samples at several times, in the same two coordinates. */
export interface Places {
  /** [x, y] of each sample, for every time. */
  places: [number, number][][];
  explained: [number, number];
}

/** The same for any number of times. @param states [n, width] each */
export function projectTogether(states: readonly Float32Array[], width: number): Places {
  const rows = states.flatMap((z) => rowsOf(z, width));
  const count = rows.length / states.length;
  const { places, explained } = width > rows.length ? byProducts(rows, width) : byFeatures(rows);
  return { places: states.map((_, s) => places.slice(s * count, (s + 1) * count)), explained };
}

interface Placed {
  places: [number, number][];
  explained: [number, number];
}

function byFeatures(rows: readonly Float32Array[]): Placed {
  const numbers = rows.map((row) => Array.from(row));
  const pca = new PCA(numbers);
  const places = pca
    .predict(numbers)
    .to2DArray()
    .map(([x = 0, y = 0]): [number, number] => [x, y]);
  return { places, explained: firstTwo(pca.getExplainedVariance()) };
}

/**
 * The same where features are more than rows: with X the rows less their mean, the places X v are √λ u for the
 * eigenvectors u of X Xᵀ, a matrix of rows by rows.
 */
function byProducts(rows: readonly Float32Array[], width: number): Placed {
  const mean = new Float64Array(width);
  for (const row of rows) row.forEach((z, j) => (mean[j]! += z / rows.length));
  const centred = rows.map((row) => Float64Array.from(row, (z, j) => z - mean[j]!));
  const products = Matrix.zeros(rows.length, rows.length);
  for (let a = 0; a < rows.length; a++)
    for (let b = 0; b <= a; b++) {
      const product = dot(centred[a]!, centred[b]!);
      products.set(a, b, product);
      products.set(b, a, product);
    }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(products, { assumeSymmetric: true });
  // Ascending, as of symmetric matrices; rounding may leave a zero below 0.
  const last = rows.length - 1;
  const sizes = realEigenvalues.map((value) => Math.max(value, 0)).reverse();
  const place = (row: number, axis: 0 | 1): number => Math.sqrt(sizes[axis]!) * eigenvectorMatrix.get(row, last - axis);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return {
    places: rows.map((_, row) => [place(row, 0), place(row, 1)]),
    explained: firstTwo(sizes.map((size) => size / total)),
  };
}

/** 0 where there is no variance at all. */
function firstTwo([first = 0, second = 0]: number[]): [number, number] {
  return [first || 0, second || 0];
}

function rowsOf(z: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: z.length / width }, (_, n) => z.subarray(n * width, (n + 1) * width));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!;
  return sum;
}
