import type { GraphBuilder, Value } from "../builder.js";
import { sizeOf } from "../graph/tensor.js";
import { choose, type Onset } from "./onset.js";
import type { Optimizer } from "./optimizers.js";

interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Updating {
  readonly optimizer: Optimizer;
  readonly gradients: ReadonlyMap<string, Value>;
  readonly rateMultiplier: (name: string) => number;
  readonly decays: (name: string) => boolean;
  readonly stageOf: (name: string) => Onset;
}

/** The next values of parameters and of the optimizer's state, by name. */
export function updates(b: GraphBuilder, parameters: readonly Parameter[], how: Updating): Map<string, Value> {
  const next = new Map<string, Value>();
  for (const group of together(b, parameters, how)) {
    const all = group.length > 1 ? joint(b, group, how) : alone(b, group[0]!, how);
    for (const [name, value] of all) next.set(name, value);
  }
  return next;
}

/** Larger ones are worth an operator of their own. */
const small = 2 ** 14;

/** WebGPU's Split has no more outputs everywhere: a shader has eight buffers at least, and one is its input. */
const most = 7;

/**
 * The parameters that are updated by the same operators. A GPU takes longer to be told of an operator than to compute it for a
 * bias or a normalisation's scale, and half of a network's parameters are such.
 */
function together(b: GraphBuilder, parameters: readonly Parameter[], how: Updating): Parameter[][] {
  const groups = new Map<string, Parameter[]>();
  for (const parameter of parameters) {
    const { name, shape } = parameter;
    const joins = b.engine === "webgpu" && how.optimizer.elementwise && sizeOf(shape) <= small;
    const alike = [how.rateMultiplier(name), how.decays(name), how.stageOf(name).active ?? ""].join();
    const key = joins ? alike : `parameter ${name}`;
    groups.set(key, [...(groups.get(key) ?? []), parameter]);
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / most) }, (_, i) => group.slice(i * most, (i + 1) * most)),
  );
}

function alone(b: GraphBuilder, { name }: Parameter, how: Updating): Map<string, Value> {
  const { optimizer } = how;
  const state = optimizer.state.map((s) => `${s}.${name}`);
  return updated(
    b,
    name,
    { [name]: name, ...Object.fromEntries(state.map((s) => [s, s])) },
    how.gradients.get(name)!,
    how,
  );
}

/** @param values what the first parameter's update reads, by its names; @returns what becomes of each */
function updated(
  b: GraphBuilder,
  name: string,
  values: Readonly<Record<string, Value>>,
  gradient: Value,
  { optimizer, rateMultiplier, decays, stageOf }: Updating,
): Map<string, Value> {
  const { scalars, active } = stageOf(name);
  const names = [name, ...optimizer.state.map((s) => `${s}.${name}`)];
  const next = optimizer.update(b, {
    parameter: values[name]!,
    gradient,
    state: names.slice(1).map((s) => values[s]!),
    scalars,
    rateMultiplier: rateMultiplier(name),
    decays: decays(name),
  });
  const results = [next.parameter, ...next.state];
  return new Map(names.map((s, i) => [s, active ? choose(b, active, results[i]!, values[s]!) : results[i]!]));
}

/** All end to end in one vector, which is then cut up again. */
function joint(b: GraphBuilder, group: readonly Parameter[], how: Updating): Map<string, Value> {
  const sizes = group.map(({ shape }) => sizeOf(shape));
  const flat = (v: Value, { shape }: Parameter) => (shape.length === 1 ? v : b.op("Reshape", [v, b.ints([-1])]));
  const joined = (valueOf: (name: string) => Value) =>
    b.op(
      "Concat",
      group.map((p) => flat(valueOf(p.name), p)),
      { axis: 0 },
    );
  const first = group[0]!.name;
  const prefixes = ["", ...how.optimizer.state.map((s) => `${s}.`)];
  const values = Object.fromEntries(
    prefixes.map((prefix) => [`${prefix}${first}`, joined((name) => `${prefix}${name}`)]),
  );
  const next = updated(
    b,
    first,
    values,
    joined((name) => how.gradients.get(name)!),
    how,
  );
  return new Map(
    prefixes.flatMap((prefix) => {
      const parts = b.ops(
        "Split",
        [next.get(`${prefix}${first}`)!, b.ints(sizes)],
        { axis: 0 },
        { outputs: group.length },
      );
      return group.map(({ name, shape }, i) => [`${prefix}${name}`, b.reshape(parts[i]!, shape)] as const);
    }),
  );
}
