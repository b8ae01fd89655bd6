import { identityCoordinates, momentsOf, standardisedCoordinates } from "./coordinates.js";
import { minimize, type EndReason, type SmoothFunction } from "./lbfgs.js";
import { openProbingLoss, type ProbingLossOptions } from "./probing-loss.js";
import type { ProbeNetwork } from "./probe-network.js";
import type { Weights } from "../engine/weights.js";

/** Where probing to an optimum ended. */
export interface Convergence {
  iterations: number;
  /**
   * ‖∇‖₂ of what was minimised. For a head that reads cached features, with respect to weights on features of mean 0 and
   * deviation 1 (with a penalty, scaled by what that bends as well), which makes it free of units; with reinitialised
   * blocks, with respect to the parameters as they are.
   */
  gradientNorm: number;
  /** `tolerance` unless the cap, or the precision of the runtime, came first. */
  reason: EndReason;
  /**
   * The strength of the L2 penalty, in units of the features' mean variance (of 1 where blocks were reinitialised); 0 for
   * `converged:0`.
   */
  strength: number;
  /** λ of the penalty λ/2 ‖W‖² on the weights that read features: the strength in the features' own units. */
  lambda: number;
  /** How the strength was chosen; of `converged` alone. */
  choice?: PenaltyChoice;
}

/** How the strength of the L2 penalty of `converged` was chosen. */
export interface PenaltyChoice {
  /** By the validation score; `default`, where none of the heads has one: a strength of 1/N, scikit-learn's C = 1. */
  by: "validation" | "default";
  /** What was tried, the strongest first, with the validation score of the head at its optimum; null where it has none. */
  tried: { strength: number; validationScore: number | null }[];
}

export interface ConvergeOptions extends ProbingLossOptions {
  onIteration?: (iteration: number, gradientNorm: number) => void;
  signal?: AbortSignal;
}

/** A head at an optimum. */
export interface Converged {
  weights: Map<string, Float32Array>;
  convergence: Convergence;
}

/** Finds optima of the probing loss for one strength of the penalty after another, all in one session. */
export interface Optimiser {
  /**
   * @param strength of the penalty; 0 for none
   * @param iterations at most so many; default 2000 for a convex head, 500 for any other
   */
  minimise(start: Weights, strength: number, iterations?: number): Promise<Converged>;
  release(): Promise<void>;
}

/**
 * Minimises the mean loss over the whole training set, plus λ/2 ‖W‖², by L-BFGS: for a linear head the global optimum; for
 * any other a stationary point, dropout off and BatchNorm statistics held where they are. W are the weights of all layers
 * that are trained; biases, and scales and shifts of norms, are not penalised.
 *
 * λ is the strength times the mean variance of the features, for weights that read them, and the strength itself for those
 * of layers above: the penalty is that on features divided by one common deviation, as in Kumar et al.'s released code, so
 * that the scale of a backbone's features does not matter. With reinitialised blocks it is the strength for all.
 *
 * Stops where the gradient's norm is at most 1e-6 (1e-7 with a penalty, 1e-4 for a head that is not convex). Without a
 * penalty the optimum may lie at infinity, as for hard labels on separable features: it ends where the gradient is smaller
 * than that. L-BFGS works in coordinates in which all features bend the loss alike, where it needs far fewer iterations. A
 * linear head is computed in float64.
 */
export async function openOptimiser(
  network: ProbeNetwork,
  example: Weights,
  options: ConvergeOptions,
): Promise<Optimiser> {
  const loss = await openProbingLoss(network, example, options);
  const moments = network.readsFeatures ? momentsOf(options.features, network.layout) : undefined;
  const unit = moments ? moments.variance.reduce((sum, v) => sum + v, 0) / moments.variance.length || 1 : 1;
  return {
    async minimise(start, strength, iterations = network.convex ? 2000 : 500) {
      const factors = factorsOf(network, start, strength, unit);
      const units = start.get(network.parameters[1]!)!.length;
      const coordinates = moments
        ? standardisedCoordinates(moments, units, strength * unit, network.head.map?.window)
        : identityCoordinates;
      const found = await minimize(
        coordinates.around(penalised(loss.at, factors)),
        coordinates.inward(loss.pack(start)),
        {
          tolerance: network.convex ? (strength > 0 ? 1e-7 : 1e-6) : 1e-4,
          iterations,
          precision: loss.double ? 2 ** -50 : 2 ** -22,
          onIteration: options.onIteration,
          signal: options.signal,
        },
      );
      const { gradientNorm, reason } = found;
      return {
        weights: new Map([...start, ...loss.unpack(coordinates.outward(found.x))]),
        convergence: { iterations: found.iterations, gradientNorm, reason, strength, lambda: strength * unit },
      };
    },
    release: () => loss.release(),
  };
}

/** λ of each parameter, all of them in one vector as the loss has them; 0 for those that are not penalised. */
function factorsOf(
  { head, parameters, penalised, readsFeatures }: ProbeNetwork,
  weights: Weights,
  strength: number,
  unit: number,
): Float64Array {
  const of = (name: string): number => {
    if (!penalised.includes(name)) return 0;
    return readsFeatures && head.readsFeatures.includes(name) ? strength * unit : strength;
  };
  return Float64Array.from(parameters.flatMap((name) => Array.from(weights.get(name)!, () => of(name))));
}

/** f(x) + ½ Σ λ_i x_i² */
function penalised(f: SmoothFunction, factors: Float64Array): SmoothFunction {
  if (factors.every((factor) => factor === 0)) return f;
  return async (x) => {
    const { value, gradient } = await f(x);
    let penalty = 0;
    for (let i = 0; i < x.length; i++) {
      penalty += factors[i]! * x[i]! * x[i]!;
      gradient[i]! += factors[i]! * x[i]!;
    }
    return { value: value + penalty / 2, gradient };
  };
}
