import { inOrder, type Samples } from "../data/samples.js";
import type { Engine } from "../engine/engine.js";
import { lengthOf, textTensors, type Texts } from "./texts.js";
import type { Padding } from "./tokenizer.js";

/** The most tokens, padding among them, of a batch that nothing is learnt from. */
export const mostTokens = 2 ** 14;

/** A step is run in quarters: more save little, and each has its own small products. */
const parts = 4;

/**
 * Texts as a network takes them. Each batch is padded to its own longest, and has its texts by their length. A step of
 * training keeps the texts that the order gives it; an ascending order, which is that of features and evaluation, is
 * sorted by length over all and cut so that no batch has more than `mostTokens` tokens, unless a single text has.
 */
export function textSamples(engine: Engine, texts: Texts, padding: Padding): Samples {
  const { count, targets } = texts;
  return {
    count,
    targets,
    // Words are picked from the whole batch.
    ...(texts.places ? {} : { parts }),
    padding: padding.side,
    batches: (order, size) =>
      isAscending(order)
        ? bounded(texts, byLength(texts, order), size)
        : inOrder(order, size).map((batch) => byLength(texts, batch)),
    feeds: async (indices) => textTensors(engine, texts, indices, padding),
  };
}

/** The shortest first. */
export function byLength(texts: Pick<Texts, "starts">, indices: readonly number[]): number[] {
  return indices.toSorted((a, b) => lengthOf(texts, a) - lengthOf(texts, b));
}

function isAscending(order: readonly number[]): boolean {
  return order.every((index, i) => i === 0 || order[i - 1]! <= index);
}

/** An order cut into batches of at most `size` texts, and of `mostTokens` tokens with padding, unless a single text has more. */
export function bounded(texts: Pick<Texts, "starts">, order: readonly number[], size: number): number[][] {
  const batches: number[][] = [];
  let longest = 0;
  for (const index of order) {
    const last = batches.at(-1);
    longest = Math.max(longest, lengthOf(texts, index));
    if (last && last.length < size && (last.length + 1) * longest <= mostTokens) last.push(index);
    else {
      batches.push([index]);
      longest = lengthOf(texts, index);
    }
  }
  return batches;
}
