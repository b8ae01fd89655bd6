import type { Graph } from "./model.js";

/** Makes names for values that none in a graph has yet: the stem itself where it is free, and no name twice. */
export function freshNames({ inputs, initializers, nodes }: Graph): (stem: string) => string {
  const taken = new Set([
    ...inputs.map(({ name }) => name),
    ...initializers.keys(),
    ...nodes.flatMap(({ outputs }) => outputs),
  ]);
  return (stem) => {
    let name = stem;
    for (let i = 1; taken.has(name); i++) name = `${stem}~${i}`;
    taken.add(name);
    return name;
  };
}
