import { Matrix } from "ml-matrix";
import { adaptation, type Adaptation } from "../measures/adaptation.js";
import { featuresOf, residual, type LinearTask, type Network } from "./setup.js";

/** What probing for one tau, then fine-tuning to the end, does. Energy and adaptation are on the training inputs. */
export interface Measures extends Adaptation {
  /** mean ‖y_n − q_n‖ where fine-tuning starts */
  energy: number;
  /** ‖v_τ‖ */
  headNorm: number;
  /** of the probed network, B_0 and v_τ, on inputs from the training span */
  probedError: number;
  /** the same on inputs that leave the span */
  probedErrorOod: number;
  /** of the fine-tuned network */
  finetunedError: number;
  finetunedErrorOod: number;
}

/** @param off standard deviation of out-of-distribution inputs off the training span */
export function measure(task: LinearTask, probed: Network, finetuned: Network, off: number): Measures {
  const before = featuresOf(probed.B, task.X);
  const after = featuresOf(finetuned.B, task.X);
  return {
    ...adaptation(Float64Array.from(before.to1DArray()), Float64Array.from(after.to1DArray()), before.columns),
    energy: energy(task, probed),
    headNorm: probed.v.norm(),
    probedError: relativeError(task, probed),
    probedErrorOod: relativeError(task, probed, off),
    finetunedError: relativeError(task, finetuned),
    finetunedErrorOod: relativeError(task, finetuned, off),
  };
}

/** Mean ‖y_n − q_n‖: the energy for squared loss, where e_y − p becomes y − q. */
export function energy(task: LinearTask, network: Network): number {
  const rows = residual(task, network).to2DArray();
  return rows.reduce((sum, row) => sum + Math.hypot(...row), 0) / rows.length;
}

/**
 * Expected squared error over expected squared target, exact: 0 is perfect, 1 what predicting 0 gets. Inputs are
 * standard normal in the training span and normal with standard deviation `off` in every direction orthogonal to it.
 */
export function relativeError({ truth, span }: LinearTask, { B, v }: Network, off = 0): number {
  const expectedSquare = (w: Matrix): number => {
    const inside = span.transpose().mmul(w);
    const outside = Matrix.sub(w, span.mmul(inside));
    return inside.norm() ** 2 + (off * outside.norm()) ** 2;
  };
  return expectedSquare(Matrix.sub(B.transpose().mmul(v), truth)) / expectedSquare(truth);
}
