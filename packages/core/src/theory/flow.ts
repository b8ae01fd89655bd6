import { Matrix } from "ml-matrix";
import { Solver } from "odex";
import type { LinearTask, Network } from "./setup.js";

/** Where fine-tuning ended. */
export interface Finetuned extends Network {
  /** T */
  time: number;
  /** whether training came to rest: ‖Xᵀr‖ at most 1e-7 of ‖XᵀY‖, with r = Y − X Bᵀ v */
  converged: boolean;
}

const REST = 1e-7;
/** Error allowed in a step, absolute and relative. */
const TOLERANCE = 1e-9;
/** When training is cut off that does not come to rest. */
const LONGEST = 1e4;
/** The same in work: a hundred times what it takes to rest. */
const mostEvaluations = 1e5;

/** The flow that descends the loss ‖Y − X Bᵀ v‖² / 2N in both layers at once, at equal rates. */
export interface GradientFlow {
  /** Xᵀr / N with r = Y − X Bᵀ v, [d, k]: where the loss pulls the product Bᵀv */
  pull(network: Network): Matrix;
  /** B' = v rᵀX / N and v' = B Xᵀr / N */
  velocity(network: Network): Network;
}

export function gradientFlow({ X, Y }: LinearTask): GradientFlow {
  // The loss knows the data by these two alone; computed once, they make a step cheap.
  const XtX = X.transpose().mmul(X).div(X.rows);
  const XtY = X.transpose().mmul(Y).div(X.rows);
  const pull = ({ B, v }: Network): Matrix => Matrix.sub(XtY, XtX.mmul(B.transpose().mmul(v)));
  return {
    pull,
    velocity(network) {
      const g = pull(network);
      return { B: network.v.mmul(g.transpose()), v: network.B.mmul(g) };
    },
  };
}

/**
 * Fine-tuning: follows the gradient flow from `start` until it rests, by the extrapolation method ODEX (Hairer, Nørsett
 * and Wanner, Solving Ordinary Differential Equations I, II.9).
 * @throws {RangeError} for a start that is not finite
 */
export function finetune(task: LinearTask, start: Network): Finetuned {
  if (![...flatten(start)].every(Number.isFinite))
    throw new RangeError("fine-tuning wants finite numbers to start from; look at tau and at the head's length");
  const { pull, velocity } = gradientFlow(task);
  const rest = (REST * task.X.transpose().mmul(task.Y).norm()) / task.X.rows;
  const resting = (network: Network): boolean => pull(network).norm() <= rest;
  const solver = new Solver(start.B.size + start.v.size);
  solver.relativeTolerance = solver.absoluteTolerance = TOLERANCE;
  solver.maxSteps = 1e6;
  let time = 0;
  let evaluations = 0;
  const { y } = solver.solve(
    (_, state) => {
      evaluations++;
      return flatten(velocity(unflatten(state, start)));
    },
    0,
    flatten(start),
    LONGEST,
    (_step, _before, reached, state) => {
      time = reached;
      return evaluations < mostEvaluations && !resting(unflatten(state, start));
    },
  );
  const end = unflatten(y, start);
  return { ...end, time, converged: resting(end) };
}

function flatten({ B, v }: Network): number[] {
  return B.to1DArray().concat(v.to1DArray());
}

function unflatten(state: number[], { B, v }: Network): Network {
  return {
    B: Matrix.from1DArray(B.rows, B.columns, state.slice(0, B.size)),
    v: Matrix.from1DArray(v.rows, v.columns, state.slice(B.size)),
  };
}
