import { buildOn } from "../src/lower/build-on.js";
import { appendGradients } from "../src/append-gradients.js";
import type { Model } from "../src/graph/model.js";
import { run } from "./gradient-check.js";

const wave = (n: number, phase: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(1.7 * i + phase));

/** A model's outputs and the gradients of Σ output² by some of its inputs, on fixed inputs: what a pass must not change. */
export async function outputsAndGradients(
  model: Model,
  wrt: readonly string[],
  values = wave,
): Promise<Record<string, Float32Array>> {
  const b = buildOn(model);
  const outputs = b.graph.outputs.map((o) => o.name);
  const loss = outputs.map((y) => b.op("ReduceSum", [b.mul(y, y)], { keepdims: 0 })).reduce(b.add);
  const gradients = [...appendGradients(b, loss, wrt)].map(([name, g]) => [`g.${name}`, g]);
  b.setOutputs({ ...Object.fromEntries(outputs.map((y) => [y, y])), ...Object.fromEntries(gradients) });
  const feeds = model.graph.inputs.map(({ name, type }, i) => {
    const shape = type!.shape as number[];
    const size = shape.reduce((a, d) => a * d, 1);
    return [name, { data: values(size, i), shape }];
  });
  return run(b.model(), Object.fromEntries(feeds));
}
