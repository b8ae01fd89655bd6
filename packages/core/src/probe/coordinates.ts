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
export const plainCoordinates: Coordinates = { inward: (x) => x, outward: (u) => u, around: (objective) => objective };

/**
 * The coordinates of standardised features for a head whose first layer, W [units, h] and b [units], comes first among its
 * parameters: W z + b = W′ (z − μ)/σ + b′ with W′ = W·σ and b′ = b + W μ. Features that are constant keep σ = 1.
 * @param features [N, h]
 */
export function standardisedCoordinates(features: Float32Array, width: number, units: number): Coordinates {
  const { mean, deviation } = moments(features, width);
  /** Walks over W: where the weight is, where the bias of its unit is, which feature it reads. */
  const each = (visit: (weight: number, bias: number, feature: number) => void): void => {
    for (let u = 0; u < units; u++) for (let j = 0; j < width; j++) visit(u * width + j, units * width + u, j);
  };
  const outward = (u: Float64Array): Float64Array => {
    const x = u.slice();
    each((weight, bias, j) => {
      x[weight]! /= deviation[j]!;
      x[bias]! -= x[weight]! * mean[j]!;
    });
    return x;
  };
  return {
    inward(x) {
      const u = x.slice();
      each((weight, bias, j) => {
        u[bias]! += u[weight]! * mean[j]!;
        u[weight]! *= deviation[j]!;
      });
      return u;
    },
    outward,
    around: (objective) => async (u) => {
      const { value, gradient } = await objective(outward(u));
      each((weight, bias, j) => {
        gradient[weight] = (gradient[weight]! - gradient[bias]! * mean[j]!) / deviation[j]!;
      });
      return { value, gradient };
    },
  };
}

/** Mean and standard deviation of every column of [N, width]. */
function moments(values: Float32Array, width: number): { mean: Float64Array; deviation: Float64Array } {
  const count = values.length / width;
  const mean = new Float64Array(width);
  values.forEach((v, i) => (mean[i % width]! += v / count));
  const square = new Float64Array(width);
  values.forEach((v, i) => (square[i % width]! += (v - mean[i % width]!) ** 2 / count));
  // Rounding leaves a constant feature a deviation of about 1e-16 of its size.
  return { mean, deviation: square.map((s, j) => (Math.sqrt(s) > 1e-9 * Math.abs(mean[j]!) ? Math.sqrt(s) : 1)) };
}
