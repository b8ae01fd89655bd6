import type { GraphBuilder, Value } from "../../builder.js";
import { ModelError } from "../../graph/errors.js";

/** Targets that are numbers, one for each of the k logits of a sample. */
export interface Numbers {
  /** y, [batch, k], with 0 where it is not known. */
  readonly known: Value;
  /** Where it is not known, bool [batch, k]. */
  readonly missing: Value;
  /** N, the samples of the batch, known or not: float32 []. */
  readonly samples: Value;
}

/** Adds the input `target`, float32 [batch, k], NaN where a target is not known. */
export function attachNumbers(b: GraphBuilder, logits: Value): Numbers {
  const shape = b.shape(logits);
  const [, width] = shape;
  if (shape.length !== 2 || typeof width !== "number")
    throw new ModelError(
      `'${logits}' has shape [${shape.join(", ")}], not a fixed number of outputs per sample; name the logits, [batch, outputs]`,
    );
  const target = b.input("target", "float32", shape);
  const missing = b.op("IsNaN", [target]);
  return {
    known: b.where(missing, 0, target),
    missing,
    samples: b.div(b.cast(b.op("Size", [target]), "float32"), width),
  };
}
