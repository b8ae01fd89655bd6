import type { GraphBuilder, Value } from "../builder.js";
import { bounded } from "../graph/bounded.js";
import { UnsupportedError } from "../graph/errors.js";
import { intAttribute, type Node } from "../graph/model.js";
import { normalizeAxis } from "../infer/broadcast.js";

/** The sequences of tensors met so far, by their names in the model. */
export type Sequences = Map<Value, readonly Value[]>;

interface SequenceContext {
  readonly b: GraphBuilder;
  readonly sequences: Sequences;
  readonly node: Node;
  /** The node's inputs. */
  readonly x: readonly Value[];
}

/** What a sequence operator makes: a sequence, or a tensor. */
type SequenceRule = (c: SequenceContext) => { sequence: readonly Value[] } | { value: Value };

/**
 * Sequences of tensors, which unoptimised exports use for chunks and stacks, are lists while the graph is built:
 * nothing of them is left in it.
 */
const rules: Readonly<Record<string, SequenceRule>> = {
  SequenceConstruct: ({ x }) => ({ sequence: x }),
  SequenceEmpty: () => ({ sequence: [] }),
  SequenceInsert: (c) => {
    const items = elements(c);
    const { x } = c;
    return { sequence: items.toSpliced(x[2] ? position(c, x[2], items.length) : items.length, 0, x[1]!) };
  },
  SequenceAt: (c) => {
    const items = elements(c);
    return { value: items[position(c, c.x[1]!, items.length)]! };
  },
  SequenceLength: (c) => ({
    value: c.b.op("Squeeze", [c.b.ints([elements(c).length]), c.b.ints([0])]),
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
  ConcatFromSequence: (c) => {
    const { b, node } = c;
    const axis = intAttribute(node, "axis", 0);
    const items = elements(c);
    const stacks = intAttribute(node, "new_axis", 0) !== 0;
    const parts = stacks ? items.map((item) => b.op("Unsqueeze", [item, b.ints([axis])])) : items;
    return { value: b.op("Concat", parts, { axis }) };
  },
};

export const sequenceOperators = Object.keys(rules);

/** Follows a sequence operator; returns the tensor that it makes, if it makes one. */
export function followSequence(b: GraphBuilder, sequences: Sequences, node: Node): Value | undefined {
  const made = rules[node.opType]!({ b, sequences, node, x: node.inputs });
  if ("value" in made) return made.value;
  sequences.set(node.outputs[0]!, made.sequence);
  return undefined;
}

/** Of the sequence that is the node's first input. */
function elements({ b, sequences, node, x }: SequenceContext): readonly Value[] {
  const found = sequences.get(b.resolve(x[0]!));
  if (!found) throw new UnsupportedError(node, "its sequence is built at run time; export the model without sequences");
  return found;
}

function position({ b, node }: SequenceContext, index: Value, length: number): number {
  const at = b.knownNumbers(index)?.[0];
  if (at === undefined || at < -length || at > length)
    throw new UnsupportedError(node, "its position is computed at run time; export the model without sequences");
  return at < 0 ? at + length : at;
}

/** Each is an output of a node. */
const mostParts = 2 ** 16;

/** `total` in parts of `size`, the last one what is left. */
function chunks(total: number, size: number): number[] {
  return Array.from({ length: bounded(Math.ceil(total / size), mostParts) }, (_, i) =>
    Math.min(size, total - i * size),
  );
}
