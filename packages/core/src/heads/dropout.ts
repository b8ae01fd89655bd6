import type { Tensor } from "onnxruntime-common";
import type { Engine } from "../engine/engine.js";
import { random } from "../data/random.js";
import type { Head } from "./head.js";

/** A head's dropout masks for one step of `count` samples: a function of the seed and the step alone, so that it repeats. */
export function dropoutMasks(
  engine: Engine,
  { masks }: Head,
  count: number,
  seed: number,
  step: number,
): Record<string, Tensor> {
  if (masks.length === 0) return {};
  const rng = random(seed, "dropout", step);
  const drawn = masks.map(({ name, width, rate }) => {
    const mask = Float32Array.from({ length: count * width }, () => (rng.uniform() < rate ? 0 : 1 / (1 - rate)));
    return [name, engine.tensor("float32", mask, [count, width])] as const;
  });
  return Object.fromEntries(drawn);
}
