import { normals, type Random } from "../data/random.js";
import type { HeadStart } from "./start.js";

/** W [outputs, fanIn], row-major, and b [outputs]. */
export function startLayer(
  start: HeadStart,
  outputs: number,
  fanIn: number,
  rng: Random,
): { weight: Float32Array; bias: Float32Array } {
  const bias = new Float32Array(outputs);
  switch (start.kind) {
    case "torch": {
      const bound = 1 / Math.sqrt(fanIn);
      const uniform = (): number => (2 * rng.uniform() - 1) * bound;
      return { weight: Float32Array.from({ length: outputs * fanIn }, uniform), bias: bias.map(uniform) };
    }
    case "normal":
      return { weight: normals(outputs * fanIn, start.deviation, rng), bias };
    case "zeros":
      return { weight: new Float32Array(outputs * fanIn), bias };
  }
}
