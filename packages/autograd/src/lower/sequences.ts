import type { GraphBuilder, Value } from "../builder.js";
import { UnsupportedError } from "../errors.js";
import { intAttribute, type Node } from "../graph/model.js";
import { normalizeAxis } from "../infer/broadcast.js";

/** What a sequence operator makes: a sequence, or a tensor; `x` are its inputs. */
type SequenceRule = (c: {
  b: GraphBuilder;
  node: Node;
  x: readonly Value[];
}) => { sequence: readonly Value[] } | { value: Value };

/**
 * Sequences of tensors, which unoptimised exports use for chunks and stacks, are lists while the graph is built:
 * nothing of them is left in it.
 */
const rules: Readonly<Record<string, SequenceRule>> = {
  SequenceConstruct: ({ x }) => ({ sequence: x }),
  SequenceEmpty: () => ({ sequence: [] }),
  SequenceInsert: ({ b, node, x }) => {
    const items = elements(b, node, x[0]!);
    return { sequence: items.toSpliced(x[2] ? position(b, node, x[2], items.length) : items.length, 0, x[1]!) };
  },
  SequenceAt: ({ b, node, x }) => {
    const items = elements(b, node, x[0]!);
    return { value: items[position(b, node, x[1]!, items.length)]! };
  },
  SequenceLength: ({ b, node, x }) => ({
    value: b.op("Squeeze", [b.ints([elements(b, node, x[0]!).length]), b.ints([0])]),
  }),
  SplitToSequence: ({ b, node, x }) => {
    const axis = normalizeAxis(intAttribute(node, "axis", 0), b.shape(x[0]!).length);
    const total = b.shape(x[0]!)[axis]!;
    const given = x[1] ? b.known(x[1]) : { shape: [], elements: [1] };
    if (typeof total !== "number" || !given?.elements.every((d) => typeof d === "number"))
      throw new UnsupportedError(node, "it splits an axis whose size is not fixed; export with fixed sizes");
    const lengths = given.shape.length > 0 ? (given.elements as number[]) : chunks(total, given.elements[0] as number);
    const parts = b.ops("Split", [x[0]!, b.ints(lengths)], { axis }, { outputs: lengths.length });
    const dropsAxis = !x[1] && intAttribute(node, "keepdims", 1) === 0;
    return { sequence: dropsAxis ? parts.map((p) => b.op("Squeeze", [p, b.ints([axis])])) : parts };
  },
  ConcatFromSequence: ({ b, node, x }) => {
    const axis = intAttribute(node, "axis", 0);
    const items = elements(b, node, x[0]!);
    const stacks = intAttribute(node, "new_axis", 0) !== 0;
    const parts = stacks ? items.map((item) => b.op("Unsqueeze", [item, b.ints([axis])])) : items;
    return { value: b.op("Concat", parts, { axis }) };
  },
};

export const sequenceOperators = Object.keys(rules);

/** Follows a sequence operator; returns the tensor that it makes, if it makes one. */
export function followSequence(b: GraphBuilder, node: Node): Value | undefined {
  const made = rules[node.opType]!({ b, node, x: node.inputs });
  if ("value" in made) return made.value;
  b.sequences.set(node.outputs[0]!, made.sequence);
  return undefined;
}

function elements(b: GraphBuilder, node: Node, sequence: Value): readonly Value[] {
  const found = b.sequences.get(b.resolve(sequence));
  if (!found) throw new UnsupportedError(node, "its sequence is built at run time; export the model without sequences");
  return found;
}

function position(b: GraphBuilder, node: Node, index: Value, length: number): number {
  const at = b.knownNumbers(index)?.[0];
  if (at === undefined || at < -length || at > length)
    throw new UnsupportedError(node, "its position is computed at run time; export the model without sequences");
  return at < 0 ? at + length : at;
}

/** `total` in parts of `size`, the last one what is left. */
function chunks(total: number, size: number): number[] {
  return Array.from({ length: Math.ceil(total / size) }, (_, i) => Math.min(size, total - i * size));
}
