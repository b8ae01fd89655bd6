import type { GraphBuilder, Value } from "../builder.js";

/** One step: from the states and the sequences' elements to the next states and what is kept of the step. */
export type Step = (states: Value[], elements: Value[]) => { states: Value[]; outputs: Value[] };

/**
 * Steps through the first axis of `sequences`, carrying states: the last states, then what is kept of every step, stacked
 * in the order of the sequences whichever way it goes.
 */
export function scan(
  b: GraphBuilder,
  states: Value[],
  sequences: Value[],
  step: Step,
  way: "forward" | "backward" = "forward",
): Value[] {
  const types = [
    ...states.map((v) => b.type(v)),
    ...sequences.map((v) => ({ ...b.type(v), shape: b.shape(v).slice(1) })),
  ];
  const body = b.subgraph(types, (x) => {
    const next = step(x.slice(0, states.length), x.slice(states.length));
    return [...next.states, ...next.outputs];
  });
  const stacked = body.outputs.length - states.length;
  const direction = (count: number) => Array.from({ length: count }, () => Number(way === "backward"));
  return b.ops(
    "Scan",
    [...states, ...sequences],
    {
      body,
      num_scan_inputs: sequences.length,
      scan_input_directions: direction(sequences.length),
      scan_output_directions: direction(stacked),
    },
    { outputs: body.outputs.length },
  );
}
