import type { GraphBuilder, Value } from "../builder.js";
import type { Optimizer } from "./optimizers.js";

/**
 * What parameters share in the graph that are trained from one step on, their onset; until then they and their optimizer state
 * stay as they are.
 */
export interface Onset {
  /** The optimizer's scalars, whose steps count from the onset. */
  readonly scalars: Readonly<Record<string, Value>>;
  /** float32 [], 1 from the onset on and 0 before it; undefined where training begins with the first step. */
  readonly active?: Value;
}

/** Inputs of the graph for each onset: those of the first step have the plain names. */
export function onsets(b: GraphBuilder, optimizer: Optimizer, steps: Iterable<number>): Map<number, Onset> {
  const names = Object.keys(optimizer.scalars(1, 1));
  const input = (name: string): Value => b.input(name, "float32", []);
  return new Map(
    [...new Set(steps)].map((step) => {
      const scalars = Object.fromEntries(names.map((name) => [name, input(scalarName(name, step))]));
      return [step, step > 1 ? { scalars, active: input(scalarName("active", step)) } : { scalars }];
    }),
  );
}

/** What to feed the graph at a step. By itself, so that what keeps it keeps no model. */
export function scalarsOf(
  optimizer: Optimizer,
  steps: readonly number[],
): (step: number, learningRate: number) => Record<string, number> {
  return (step, learningRate) => {
    const scalars: Record<string, number> = {};
    for (const from of steps) {
      const active = step >= from;
      // Before, any finite number will do.
      const own = optimizer.scalars(active ? step - from + 1 : 1, learningRate);
      for (const [name, value] of Object.entries(own)) scalars[scalarName(name, from)] = value;
      if (from > 1) scalars[scalarName("active", from)] = active ? 1 : 0;
    }
    return scalars;
  };
}

/** Gradients that count: before its onset a parameter's is 0, in the global norm too. */
export function gated(
  b: GraphBuilder,
  gradients: ReadonlyMap<Value, Value>,
  onsetOf: (parameter: string) => Onset,
): Map<Value, Value> {
  return new Map(
    [...gradients].map(([parameter, gradient]) => {
      const { active } = onsetOf(parameter);
      return [parameter, active === undefined ? gradient : choose(b, active, gradient, 0)];
    }),
  );
}

/** A stage that is also passed over in steps where `condition`, float32 [], is 0. */
export function onlyIf(b: GraphBuilder, condition: Value, { scalars, active }: Onset): Onset {
  return { scalars, active: active === undefined ? condition : b.mul(active, condition) };
}

/** The one from the onset on, the other before it, whatever numbers the first may have by then. */
export function choose(b: GraphBuilder, active: Value, from: Value, before: Value | number): Value {
  return b.where(b.cast(active, "bool"), from, before);
}

function scalarName(name: string, onset: number): string {
  return onset > 1 ? `optimizer.${name}.from.${onset}` : `optimizer.${name}`;
}
