import type { GraphBuilder, Value } from "../builder.js";

/** An optimizer as a graph fragment: how a parameter and its state follow from a gradient. */
export interface Optimizer {
  readonly name: string;
  /** The names of its state tensors, one of each per parameter, all starting at zero. */
  readonly state: readonly string[];
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

/** Stochastic gradient descent as in PyTorch: g ← g + λp; m ← μm + g; p ← p − ηm. */
export function sgd({ momentum = 0.9, weightDecay = 0 } = {}): Optimizer {
  return {
    name: "sgd",
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
 * p ← p − η/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε). The bias corrections are computed outside, in double precision.
 */
export function adamw({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = {}): Optimizer {
  return {
    name: "adamw",
    state: ["m", "v"],
    scalars: (step, learningRate) => ({
      rate: learningRate / (1 - beta1 ** step),
      decay: learningRate * weightDecay,
      correction: 1 / Math.sqrt(1 - beta2 ** step),
    }),
    update(b, { parameter: p, gradient: g, state, scalars, rateMultiplier, decays }) {
      const m = b.add(b.mul(state[0]!, beta1), b.mul(g, 1 - beta1));
      const v = b.add(b.mul(state[1]!, beta2), b.mul(b.mul(g, g), 1 - beta2));
      const decayed = weightDecay === 0 || !decays ? p : b.sub(p, b.mul(p, b.mul(scalars["decay"]!, rateMultiplier)));
      const denominator = b.add(b.mul(b.sqrt(v), scalars["correction"]!), epsilon);
      const step = b.div(b.mul(m, b.mul(scalars["rate"]!, rateMultiplier)), denominator);
      return { parameter: b.sub(decayed, step), state: [m, v] };
    },
  };
}
