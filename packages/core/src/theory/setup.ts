import { Matrix, QrDecomposition } from "ml-matrix";
import { random, type Random } from "../data/random.js";

/** A two-layer linear network: q = X Bᵀ v. */
export interface Network {
  /** the backbone, [h, d]: features z = B x */
  readonly B: Matrix;
  /** the head, [h, k]: outputs q = vᵀ z */
  readonly v: Matrix;
}

/** Noiseless regression, and the network that training starts from. */
export interface LinearTask {
  /** training inputs, [N, d], N < d */
  readonly X: Matrix;
  /** training targets, [N, k]: Y = X w_* */
  readonly Y: Matrix;
  /** w_* = B_*ᵀ v_*, [d, k] */
  readonly truth: Matrix;
  /** orthonormal basis of the subspace that the training inputs lie in, [d, span] */
  readonly span: Matrix;
  /** B_0, pretrained, and v_0, random */
  readonly start: Network;
}

export interface TaskOptions {
  /** inputs */
  d: number;
  /** features, at most d/2 */
  h: number;
  /** training samples N, fewer than d */
  n: number;
  /** outputs */
  k: number;
  /** dimension of the subspace that the training inputs lie in, at most N */
  span: number;
  /** every principal angle between the row spaces of B_0 and B_*, in degrees: 0 is perfect pretraining, 90 none */
  angle: number;
  /** ‖v_0‖ / ‖v_*‖ */
  headNorm: number;
  seed: number;
}

/** Of the flow's speed it is the square: beyond that no solver comes to rest. */
export const longestHead = 1e3;

/**
 * Draws a task. Training inputs are standard normal within a random subspace. B_* has orthonormal rows and
 * B_0 = cos(angle) B_* + sin(angle) W, where W has orthonormal rows orthogonal to those of B_*. ‖v_*‖ = 1.
 * @throws {RangeError} if the sizes do not fit one another, or a number is none
 */
export function drawTask(options: TaskOptions): LinearTask {
  assertSizes(options);
  const { d, h, n, k, span: dimension, angle, headNorm, seed } = options;
  if (!(angle >= 0 && angle <= 90)) throw new RangeError(`angle wants degrees from 0 to 90, not ${angle}`);
  if (!(headNorm >= 0 && headNorm <= longestHead))
    throw new RangeError(`headNorm wants a number from 0 to ${longestHead}, not ${headNorm}`);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed wants a whole number, not ${seed}`);
  const rng = random(seed, "theory");
  const rows = orthonormal(d, 2 * h, rng).transpose();
  const [truthB, W] = [rows.subMatrix(0, h - 1, 0, d - 1), rows.subMatrix(h, 2 * h - 1, 0, d - 1)];
  const radians = (angle * Math.PI) / 180;
  const B = Matrix.mul(truthB, Math.cos(radians)).add(Matrix.mul(W, Math.sin(radians)));
  const truth = truthB.transpose().mmul(unit(normal(h, k, rng)));
  const v = unit(normal(h, k, rng)).mul(headNorm);
  const span = orthonormal(d, dimension, rng);
  const X = normal(n, dimension, rng).mmul(span.transpose());
  return { X, Y: X.mmul(truth), truth, span, start: { B, v } };
}

/** @throws {RangeError} if the sizes do not fit one another, or are none */
export function assertSizes({ d, h, n, k, span }: Pick<TaskOptions, "d" | "h" | "n" | "k" | "span">): void {
  for (const [name, size] of Object.entries({ d, h, n, k, span }))
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`${name} wants a whole number of at least 1, not ${size}`);
  if (n >= d)
    throw new RangeError(`n = ${n} is not below d = ${d}, so nothing is overparameterised; lower n or raise d`);
  if (2 * h > d)
    throw new RangeError(
      `h = ${h} is above d/2 = ${d / 2}, which leaves B_0 no room to be wrong in; lower h or raise d`,
    );
  if (span > n)
    throw new RangeError(`span = ${span} is above n = ${n}: n inputs cannot fill it; lower span or raise n`);
}

/** z = B x for every row x of X, [N, h]. */
export function featuresOf(B: Matrix, X: Matrix): Matrix {
  return X.mmul(B.transpose());
}

/** Y − X Bᵀ v, [N, k]. */
export function residual({ X, Y }: LinearTask, { B, v }: Network): Matrix {
  return Matrix.sub(Y, X.mmul(B.transpose().mmul(v)));
}

function normal(rows: number, columns: number, rng: Random): Matrix {
  const data = Array.from({ length: rows * columns }, () => rng.normal(1));
  return Matrix.from1DArray(rows, columns, data);
}

/** Orthonormal columns that span a uniformly random subspace. */
function orthonormal(rows: number, columns: number, rng: Random): Matrix {
  return new QrDecomposition(normal(rows, columns, rng)).orthogonalMatrix;
}

/** The matrix with Frobenius norm 1 in the same direction. */
function unit(matrix: Matrix): Matrix {
  return Matrix.div(matrix, matrix.norm());
}
