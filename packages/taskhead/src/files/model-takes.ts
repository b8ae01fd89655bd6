import { inputsOf } from "./model-inputs.js";

/** What a model takes, by its inputs alone. */
export interface Takes {
  readonly what: "pictures" | "texts" | "graphs";
  /** The inputs that say it, for people. */
  readonly inputs: string;
}

/** What exports of graph networks call the input of edges. */
const edgesInput = /^(edges?|bonds?|edge_?list|adj|connectivity|(edge|bond)_?(index|indices|idx))$/i;

/**
 * Graphs where an input is of edges; pictures where one is [batch, channels, height, width] and none [batch, sequence]; texts where
 * all are [batch, sequence] and one of them is of whole numbers.
 * @returns undefined of other models, such as one of pictures and texts, and of what cannot be read
 */
export function takenBy(backbone: string): Takes | undefined {
  const inputs = inputsOf(backbone);
  const takes = (what: Takes["what"]): Takes => ({ what, inputs: inputs.map(({ name }) => name).join(", ") });
  if (inputs.some(({ name }) => edgesInput.test(name))) return takes("graphs");
  const ranks = inputs.map(({ shape }) => shape?.length);
  if (ranks.includes(4) && !ranks.includes(2)) return takes("pictures");
  return inputs.length > 0 && ranks.every((rank) => rank === 2) && inputs.some(({ whole }) => whole)
    ? takes("texts")
    : undefined;
}
