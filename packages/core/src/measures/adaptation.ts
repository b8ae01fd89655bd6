import { pieces, type CachedValues } from "../data/cached-values.js";
import { vectorsOf, type FeatureLayout } from "../data/positions.js";

/** How far fine-tuning moved the features, as means over samples, or over all places of maps: the four measures of Ren et al. 2023, and coherence, ours. */
export interface Adaptation {
  /** mean ‖z_T − z_0‖₂ */
  euclidean: number;
  /** mean cos(z_T, z_0), 0 where either is the zero vector */
  cosine: number;
  /** mean z_Tᵀ z_0 */
  dot: number;
  /** mean ‖z_T‖₂ */
  norm: number;
  /** ‖mean Δz‖₂ / mean ‖Δz‖₂ with Δz = z_T − z_0: 1 where all samples moved alike, near 0 where their ways cancel or none moved */
  coherence: number;
}

/**
 * c of the bound mean ‖z_T − z_0‖ ≤ c·E that a run needed: distance over energy. One c would have to hold for all taus for
 * the bound to rank them, but c goes with ‖W‖, the kernel, the rate and the duration.
 * @returns null where either is not known, or there was no energy
 */
export function boundFactor(euclidean: number | null, energy: number | null): number | null {
  return euclidean === null || energy === null || !(energy > 0) ? null : euclidean / energy;
}

/**
 * Compares features after fine-tuning with those before it; sums in float64.
 * @param before z_0, [N, width] row-major; of maps [N, channels, height, width]
 * @param after z_T, of the same samples in the same order
 * @throws {Error} if the two differ in size.
 */
export function adaptation(before: Before, after: Before, layout: FeatureLayout): Adaptation {
  const { length, places } = vectorsOf(layout);
  const width = length * places;
  if (before.length !== after.length)
    throw new Error(
      `features of ${before.length / width} samples cannot be compared with those of ${after.length / width}`,
    );
  const movement = new Movement(before, layout);
  for (let n = 0; n < before.length / width; n++) movement.add(n, after.subarray(n * width, (n + 1) * width), 0);
  return movement.adaptation();
}

/** Features in any precision, in memory or not (`CachedValues`). */
interface Before {
  readonly length: number;
  subarray(from: number, to: number): ArrayLike<number>;
}

/** The same sample by sample, as features are computed: they need not be kept. Beside sums it keeps [width] numbers. */
export class Movement {
  readonly #sum = { euclidean: 0, cosine: 0, dot: 0, norm: 0 };
  readonly #total: Float64Array;
  readonly #length: number;
  readonly #places: number;
  #count = 0;

  /** @param before z_0, [N, …] row-major; empty where only `compare` is called */
  constructor(
    private readonly before: Before,
    layout: FeatureLayout,
  ) {
    const { length, places } = vectorsOf(layout);
    this.#length = length;
    this.#places = places;
    this.#total = new Float64Array(length);
  }

  /** @param after features of some samples, [n, width]; that of this sample is in this row */
  add(sample: number, after: ArrayLike<number>, row: number): void {
    const { before } = this;
    const width = this.#length * this.#places;
    if ((sample + 1) * width > before.length)
      throw new Error(
        `features before hold ${before.length / width} samples, so that sample ${sample} cannot be compared; give those of the same set`,
      );
    this.compare(before.subarray(sample * width, (sample + 1) * width), 0, after, row);
  }

  /** One sample: z_0 in a row of features before, z_T in one of features after. */
  compare(before: ArrayLike<number>, rowBefore: number, after: ArrayLike<number>, rowAfter: number): void {
    const width = this.#length * this.#places;
    for (let place = 0; place < this.#places; place++)
      this.#vector(before, rowBefore * width + place, after, rowAfter * width + place);
  }

  /** One vector, whose numbers lie `places` apart. */
  #vector(before: ArrayLike<number>, firstBefore: number, after: ArrayLike<number>, firstAfter: number): void {
    const step = this.#places;
    let [distance, dot, norm0, normT] = [0, 0, 0, 0];
    for (let j = 0, i = firstBefore, k = firstAfter; j < this.#length; j++, i += step, k += step) {
      const a = before[i]!;
      const b = after[k]!;
      distance += (b - a) ** 2;
      dot += a * b;
      norm0 += a * a;
      normT += b * b;
      this.#total[j]! += b - a;
    }
    this.#sum.euclidean += Math.sqrt(distance);
    this.#sum.cosine += norm0 > 0 && normT > 0 ? dot / Math.sqrt(norm0 * normT) : 0;
    this.#sum.dot += dot;
    this.#sum.norm += Math.sqrt(normT);
    this.#count++;
  }

  /** Of the samples, or places, so far. */
  adaptation(): Adaptation {
    const { euclidean, cosine, dot, norm } = this.#sum;
    const count = this.#count;
    return {
      euclidean: euclidean / count,
      cosine: cosine / count,
      dot: dot / count,
      norm: norm / count,
      coherence: euclidean > 0 ? length(this.#total) / euclidean : 0,
    };
  }
}

/** Mean ‖z‖₂² over the vectors of [N, …]. */
export function meanSquareNorm(features: CachedValues, layout: FeatureLayout): number {
  const { length: size, places } = vectorsOf(layout);
  let total = 0;
  for (const { data } of pieces(features, size * places)) for (const z of data) total += z * z;
  return total / (features.length / size);
}

/** Mean ‖z‖₂ over the vectors of [N, …]. */
export function meanNorm(features: CachedValues, layout: FeatureLayout): number {
  return sumOfNorms(features, layout) / (features.length / vectorsOf(layout).length);
}

/** Σ ‖z‖₂ over the vectors of [N, …]. */
export function sumOfNorms(features: CachedValues, layout: FeatureLayout): number {
  const { length: size, places } = vectorsOf(layout);
  let total = 0;
  for (const { data } of pieces(features, size * places))
    for (let start = 0; start < data.length; start += size * places)
      for (let place = 0; place < places; place++) {
        let square = 0;
        for (let j = 0, i = start + place; j < size; j++, i += places) square += data[i]! ** 2;
        total += Math.sqrt(square);
      }
  return total;
}

/** ‖v‖₂ */
function length(v: Float64Array): number {
  return Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
}
