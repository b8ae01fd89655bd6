import type { GraphBuilder, Value } from "../builder.js";
import { ModelError } from "../graph/errors.js";

/** An optimizer as a graph fragment: how a parameter and its state follow from a gradient. */
export interface Optimizer {
  readonly name: string;
  /** What its updates depend on besides the rate and the step, by name: with the same name and constants they are the same. */
  readonly constants: Readonly<Record<string, number>>;
  /** The names of its state tensors, one of each per parameter, all starting at zero. */
  readonly state: readonly string[];
  /** Whether every number is updated by itself, whatever else is in its tensor: small parameters are then updated together. */
  readonly elementwise?: boolean;
  /** Whether a number that never has a gradient is multiplied alone, by the same whatever it is: rows of a table may then be left out. */
  readonly scalesUntouched?: boolean;
  /** The numbers that change from step to step (`step` counts from 1), fed as scalars. */
  scalars(step: number, learningRate: number): Record<string, number>;
  update(b: GraphBuilder, u: Update): { parameter: Value; state: Value[] };
}

export interface Update {
  readonly parameter: Value;
  readonly gradient: Value;
  readonly state: readonly Value[];
  readonly scalars: Readonly<Record<string, Value>>;
  /** A factor on this parameter's learning rate. */
  readonly rateMultiplier: number;
  /** Whether weight decay applies to this parameter. */
  readonly decays: boolean;
}

/**
 * Stochastic gradient descent as in PyTorch: g ← g + λp; m ← μm + g; p ← p − ηm.
 * @throws {ModelError} unless 0 ≤ μ < 1 and λ ≥ 0
 */
export function sgd(options: { momentum?: number; weightDecay?: number } = {}): Optimizer {
  const { momentum = 0.9, weightDecay = 0, ...others } = options;
  refuseOthers("sgd", others, "momentum and weightDecay");
  requireNumber("momentum", momentum, 1);
  requireNumber("weightDecay", weightDecay);
  return {
    name: "sgd",
    constants: { momentum, weightDecay },
    elementwise: true,
    scalesUntouched: true,
    state: momentum === 0 ? [] : ["momentum"],
    scalars: (_step, learningRate) => ({ rate: learningRate }),
    update(b, { parameter: p, gradient, state, scalars, rateMultiplier, decays }) {
      const g = weightDecay === 0 || !decays ? gradient : b.add(gradient, b.mul(p, weightDecay));
      const m = momentum === 0 ? g : b.add(b.mul(state[0]!, momentum), g);
      const rate = b.mul(scalars["rate"]!, rateMultiplier);
      return { parameter: b.sub(p, b.mul(m, rate)), state: momentum === 0 ? [] : [m] };
    },
  };
}

/**
 * AdamW (Loshchilov and Hutter 2019) as in PyTorch: p ← p − ηλp; m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²;
 * p ← p − η/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε).
 *
 * Every operator is a pass over memory, so the state is kept without the factors 1−β₁ and 1−β₂: all scalars of a step then
 * meet in two numbers, computed outside in double precision. With c = √((1−β₂)/(1−β₂ᵗ)), √v/√(1−β₂ᵗ) is c√v', and
 * p ← (1−ηλ)p − rate · m'/(√v' + ε/c), rate = η(1−β₁)/(1−β₁ᵗ)/c.
 * @throws {ModelError} unless 0 ≤ β₁, β₂ < 1, ε ≥ 0 and λ ≥ 0
 */
export function adamw(
  options: { beta1?: number; beta2?: number; epsilon?: number; weightDecay?: number } = {},
): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01, ...others } = options;
  refuseOthers("adamw", others, "beta1, beta2, epsilon and weightDecay");
  requireNumber("beta1", beta1, 1);
  requireNumber("beta2", beta2, 1);
  requireNumber("epsilon", epsilon);
  requireNumber("weightDecay", weightDecay);
  return {
    name: "adamw",
    constants: { beta1, beta2, epsilon, weightDecay },
    elementwise: true,
    scalesUntouched: true,
    state: ["adam.m", "adam.v"],
    scalars(step, learningRate) {
      const c = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
      const rate = (learningRate * (1 - beta1)) / (1 - beta1 ** step) / c;
      return { rate, epsilon: epsilon / c, decay: learningRate * weightDecay };
    },
    update(b, { parameter: p, gradient: g, state, scalars, rateMultiplier, decays }) {
      const m = b.add(b.mul(state[0]!, beta1), g);
      const v = b.add(b.mul(state[1]!, beta2), b.mul(g, g));
      const kept = weightDecay === 0 || !decays ? p : b.mul(p, b.sub(1, b.mul(scalars["decay"]!, rateMultiplier)));
      const direction = b.div(m, b.add(b.sqrt(v), scalars["epsilon"]!));
      return { parameter: b.sub(kept, b.mul(direction, b.mul(scalars["rate"]!, rateMultiplier))), state: [m, v] };
    },
  };
}

function requireNumber(name: string, value: number, below = Infinity): void {
  if (!(value >= 0 && value < below))
    throw new ModelError(
      `${name} wants a number of at least 0${below === Infinity ? "" : ` and below ${below}`}, not ${value}`,
    );
}

/** Programs without types may misspell one, which would then be passed over. */
function refuseOthers(name: string, others: object, known: string): void {
  const [other] = Object.keys(others);
  if (other !== undefined) throw new ModelError(`${name} has no option '${other}'; it has ${known}`);
}
