import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { featuresOf, type LinearTask } from "./setup.js";

/** Singular values below this share of the largest are rounding of zero. */
const RANK_TOLERANCE = 1e-10;

/**
 * Head probing by gradient flow on ‖Y − Z_0 v‖² / 2N, in closed form: the backbone stays at B_0, so that
 * v' = Z_0ᵀ(Y − Z_0 v) / N is linear. With Z_0 = U Σ Qᵀ each coordinate of Qᵀv goes to its least-squares value
 * (UᵀY)_i / σ_i at rate σ_i² / N, and what Q does not reach stays as in v_0.
 * @returns v at time tau, [h, k]; at Infinity the least-squares solution nearest to v_0
 */
export function probe({ X, Y, start }: LinearTask): (tau: number) => Matrix {
  const {
    leftSingularVectors: U,
    rightSingularVectors: Q,
    diagonal,
  } = new SingularValueDecomposition(featuresOf(start.B, X), { autoTranspose: true });
  const reached = diagonal.map((sigma) => sigma > RANK_TOLERANCE * diagonal[0]!);
  const goal = U.transpose()
    .mmul(Y)
    .mulColumnVector(diagonal.map((sigma, i) => (reached[i] ? 1 / sigma : 0)));
  const gap = goal.sub(Q.transpose().mmul(start.v));
  return (tau) => {
    const covered = diagonal.map((sigma, i) => (reached[i] ? -Math.expm1((-(sigma ** 2) * tau) / X.rows) : 0));
    return Matrix.add(start.v, Q.mmul(gap.clone().mulColumnVector(covered)));
  };
}
