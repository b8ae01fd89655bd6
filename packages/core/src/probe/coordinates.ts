import { pieces, type CachedValues } from "../data/cached-values.js";
import { vectorsOf, type FeatureLayout } from "../data/positions.js";
import type { SmoothFunction } from "./lbfgs.js";

/** A change of variables: the same minimum, reached in fewer steps. */
export interface Coordinates {
  /** From the parameters to the new variables. */
  inward(x: Float64Array): Float64Array;
  /** And back. */
  outward(u: Float64Array): Float64Array;
  /** The objective as a function of the new variables. */
  around(objective: SmoothFunction): SmoothFunction;
}

/** The parameters as they are. */
export const identityCoordinates: Coordinates = {
  inward: (x) => x,
  outward: (u) => u,
  around: (objective) => objective,
};

/** Mean and variance of every feature, [h] each. */
export interface Moments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/**
 * The coordinates of standardised features for a head whose first layer, W [units, h] and b [units], comes first among its
 * parameters: W z + b = W′ (z − μ)/d + b′ with W′ = W·d and b′ = b + W μ. d = √(σ² + λ), as a weight with penalty λ/2 w²
 * bends the objective by about that; features that are constant keep d = 1 without a penalty.
 *
 * A convolution has several weights a feature, [units, h, …window]: with all of them shifted alike, at the borders of a map,
 * where it reads zeros, the change of variables only helps a little less.
 * @param window how many
 */
export function standardisedCoordinates(
  { mean, variance }: Moments,
  units: number,
  lambda: number,
  window = 1,
): Coordinates {
  const width = mean.length * window;
  const scale = variance.map((v) => Math.sqrt(v + lambda) || 1);
  /** Walks over W: where the weight is, where the bias of its unit is, which feature it reads. */
  const each = (visit: (weight: number, bias: number, feature: number) => void): void => {
    for (let u = 0; u < units; u++)
      for (let j = 0; j < width; j++) visit(u * width + j, units * width + u, Math.floor(j / window));
  };
  const outward = (u: Float64Array): Float64Array => {
    const x = u.slice();
    each((weight, bias, j) => {
      x[weight]! /= scale[j]!;
      x[bias]! -= x[weight]! * mean[j]!;
    });
    return x;
  };
  return {
    inward(x) {
      const u = x.slice();
      each((weight, bias, j) => {
        u[bias]! += u[weight]! * mean[j]!;
        u[weight]! *= scale[j]!;
      });
      return u;
    },
    outward,
    around: (objective) => async (u) => {
      const { value, gradient } = await objective(outward(u));
      each((weight, bias, j) => {
        gradient[weight] = (gradient[weight]! - gradient[bias]! * mean[j]!) / scale[j]!;
      });
      return { value, gradient };
    },
  };
}

/** Of every column of [N, width], or channel of maps; one that is constant to rounding has variance 0. */
export function momentsOf(values: CachedValues, layout: FeatureLayout): Moments {
  const { length: width, places } = vectorsOf(layout);
  const count = values.length / width;
  const column = places === 1 ? (i: number) => i % width : (i: number) => Math.floor(i / places) % width;
  const mean = new Float64Array(width);
  const each = (visit: (v: number, i: number) => void): void => {
    for (const { data } of pieces(values, width * places)) data.forEach(visit);
  };
  each((v, i) => (mean[column(i)]! += v / count));
  const square = new Float64Array(width);
  each((v, i) => (square[column(i)]! += (v - mean[column(i)]!) ** 2 / count));
  // Rounding leaves a constant feature a deviation of about 1e-16 of its size.
  return { mean, variance: square.map((s, j) => (Math.sqrt(s) > 1e-9 * Math.abs(mean[j]!) ? s : 0)) };
}
