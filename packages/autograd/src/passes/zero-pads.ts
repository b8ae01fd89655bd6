import { stringAttribute, type Graph, type Node } from "../graph/model.js";
import { numbersOf } from "../graph/tensor.js";

/** How many zeros a Pad puts before and behind each axis; undefined where it does anything else, or takes away. */
export function zeroPads({ initializers }: Graph, pad: Node): { before: number[]; behind: number[] } | undefined {
  if (pad.opType !== "Pad" || pad.domain !== "" || stringAttribute(pad, "mode", "constant") !== "constant")
    return undefined;
  const [, amounts, value] = pad.inputs.map((name) => initializers.get(name));
  const isZero = !pad.inputs[2] || (value !== undefined && numbersOf(value)[0] === 0);
  if (!amounts || !isZero || pad.inputs[3]) return undefined;
  const all = numbersOf(amounts);
  if (all.some((n) => n < 0)) return undefined;
  return { before: all.slice(0, all.length / 2), behind: all.slice(all.length / 2) };
}
