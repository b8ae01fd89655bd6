/** How far fine-tuning moved the features, as means over samples (Ren et al. 2023, section 3). */
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
 * Compares features after fine-tuning with those before it; sums in float64.
 * @param before z_0, [N, width] row-major
 * @param after z_T, of the same samples in the same order
 * @throws {Error} if the two differ in size.
 */
export function adaptation(before: ArrayLike<number>, after: ArrayLike<number>, width: number): Adaptation {
  if (before.length !== after.length)
    throw new Error(
      `features of ${before.length / width} samples cannot be compared with those of ${after.length / width}`,
    );
  const sum = { euclidean: 0, cosine: 0, dot: 0, norm: 0 };
  const count = before.length / width;
  for (let n = 0; n < count; n++) {
    const { distance, dot, norm0, normT } = compareRow(before, after, n * width, width);
    sum.euclidean += Math.sqrt(distance);
    sum.cosine += norm0 > 0 && normT > 0 ? dot / Math.sqrt(norm0 * normT) : 0;
    sum.dot += dot;
    sum.norm += Math.sqrt(normT);
  }
  return {
    euclidean: sum.euclidean / count,
    cosine: sum.cosine / count,
    dot: sum.dot / count,
    norm: sum.norm / count,
    coherence: sum.euclidean > 0 ? lengthOfSum(before, after, width) / sum.euclidean : 0,
  };
}

/** Mean ‖z‖₂² over the rows of [N, width]. */
export function meanSquareNorm(features: Float32Array, width: number): number {
  let total = 0;
  for (const z of features) total += z * z;
  return total / (features.length / width);
}

/** Mean ‖z‖₂ over the rows of [N, width]. */
export function meanNorm(features: Float32Array, width: number): number {
  let total = 0;
  for (let start = 0; start < features.length; start += width) {
    let square = 0;
    for (let i = start; i < start + width; i++) square += features[i]! ** 2;
    total += Math.sqrt(square);
  }
  return total / (features.length / width);
}

/** The squares of ‖z_T − z_0‖, ‖z_0‖ and ‖z_T‖, and the dot product, of one row. */
function compareRow(before: ArrayLike<number>, after: ArrayLike<number>, start: number, width: number) {
  let [distance, dot, norm0, normT] = [0, 0, 0, 0];
  for (let i = start; i < start + width; i++) {
    const a = before[i]!;
    const b = after[i]!;
    distance += (b - a) ** 2;
    dot += a * b;
    norm0 += a * a;
    normT += b * b;
  }
  return { distance, dot, norm0, normT };
}

/** ‖Σ_n Δz_n‖₂ */
function lengthOfSum(before: ArrayLike<number>, after: ArrayLike<number>, width: number): number {
  const total = new Float64Array(width);
  for (let i = 0; i < after.length; i++) total[i % width]! += after[i]! - before[i]!;
  return Math.hypot(...total);
}
