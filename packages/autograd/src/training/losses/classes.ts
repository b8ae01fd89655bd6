import type { GraphBuilder, Value } from "../../builder.js";
import { ModelError } from "../../graph/errors.js";
import { int64 } from "../../graph/tensor.js";
import { requireSmoothing } from "./require-options.js";

/** Adds the input `target`, class indices [batch, …], and the targets t that follow from it, in the logits' shape. */
export function attachClasses(b: GraphBuilder, logits: Value, smoothing: number): Value {
  requireSmoothing(smoothing);
  const shape = b.shape(logits);
  const classes = shape[1];
  if (typeof classes !== "number")
    throw new ModelError(
      `'${logits}' has shape [${shape.join(", ")}], no fixed number of classes in axis 1; name the logits, [batch, classes, …]`,
    );
  const target = b.input(
    "target",
    "int64",
    shape.filter((_, i) => i !== 1),
  );
  const spatial = shape.slice(2).map(() => 1);
  const indices = b.constant(int64([...Array(classes).keys()], [classes, ...spatial]));
  const hot = b.cast(b.op("Equal", [b.op("Unsqueeze", [target, b.ints([1])]), indices]), "float32");
  return smoothing === 0 ? hot : b.add(b.mul(hot, 1 - smoothing), smoothing / classes);
}

/** The batch's samples, with their positions where logits are dense. */
export function sampleCount(b: GraphBuilder): Value {
  return b.cast(b.op("Size", ["target"]), "float32");
}
