import { ModelError, numbersOf, type Model } from "@taskhead/autograd";
import type { Weights } from "../engine/weights.js";
import type { Head } from "./head.js";

/** The head that an exported model ends in, to go on from. */
export interface EarlierHead {
  /** The exported model, whose parameters have the head's names. */
  readonly model: Model;
  /** What each of its logits stands for. */
  readonly outputs: readonly string[];
}

/**
 * A head that starts as an earlier one ended, output by output: by their names. An output that the earlier head has gets
 * its row of the layer that makes the logits, W and b; a new one starts as it would in a new head. All below that layer is
 * the earlier head's.
 * @param outputs what each logit is to stand for
 * @throws {ModelError} if the earlier head is not of this kind and size
 */
export function carriedHead(head: Head, earlier: EarlierHead, outputs: readonly string[]): Head {
  const places = outputs.map((name) => earlier.outputs.indexOf(name));
  const weights: Weights = new Map(head.parameters.map((name) => [name, parameterOf(earlier.model, name)]));
  const last = new Set(head.parameters.slice(-2));
  return {
    ...head,
    initial(rng, width, count, meanSquare) {
      const fresh = head.initial(rng, width, count, meanSquare);
      for (const [name, data] of fresh) {
        const own = weights.get(name)!;
        const size = data.length / outputs.length;
        if (own.length !== (last.has(name) ? size * earlier.outputs.length : data.length)) throw otherKind(name);
        if (last.has(name)) places.forEach((from, to) => from >= 0 && data.set(rowOf(own, from, size), to * size));
        else data.set(own);
      }
      return fresh;
    },
  };
}

function rowOf(rows: Float32Array, row: number, size: number): Float32Array {
  return rows.subarray(row * size, (row + 1) * size);
}

function parameterOf({ graph }: Model, name: string): Float32Array {
  const tensor = graph.initializers.get(name);
  if (!tensor) throw otherKind(name);
  return Float32Array.from(numbersOf(tensor));
}

function otherKind(name: string): ModelError {
  return new ModelError(
    `its head has no '${name}' of that size: it is of another kind; ask for the head that it was trained with`,
  );
}
