/**
 * Linear centred kernel alignment of two representations of the same samples (Kornblith et al. 2019, "Similarity of neural
 * network representations revisited"): ⟨K, L⟩_F / (‖K‖_F ‖L‖_F) with K = X Xᵀ and L = Y Yᵀ, columns centred. 0..1; 1 where
 * one is the other turned, mirrored or scaled. The estimate is the paper's own, which fewer samples than numbers push
 * towards 1: compare values of the same samples only.
 * @param x [N, p] row-major @param y [N, q] @param count N
 * @returns null where a representation is the same for all samples, to rounding
 */
export function linearCka(x: Float32Array, y: Float32Array, count: number): number | null {
  const [k, l] = [gramOf(x, count), gramOf(y, count)];
  if (!k || !l) return null;
  const product = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  return product(k, l) / Math.sqrt(product(k, k) * product(l, l));
}

/** Of what is constant this part of its square is left by rounding. */
const rounding = 1e-12;

/** X Xᵀ of centred columns, [N, N]; null where nothing is left of them. */
function gramOf(values: Float32Array, count: number): Float64Array | null {
  const width = values.length / count;
  const mean = new Float64Array(width);
  for (let i = 0; i < values.length; i++) mean[i % width]! += values[i]! / count;
  const centred = Float64Array.from(values, (value, i) => value - mean[i % width]!);
  const gram = new Float64Array(count * count);
  let [all, left] = [0, 0];
  for (const value of values) all += value * value;
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let j = 0, i = a * width, k = b * width; j < width; j++, i++, k++) sum += centred[i]! * centred[k]!;
      gram[a * count + b] = gram[b * count + a] = sum;
    }
    left += gram[a * count + a]!;
  }
  return left > rounding * all ? gram : null;
}
