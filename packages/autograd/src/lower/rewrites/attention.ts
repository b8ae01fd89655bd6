import type { GraphBuilder, Value } from "../../builder.js";
import { UnsupportedError } from "../../graph/errors.js";
import { floatAttribute, intAttribute, intsAttribute, type Node } from "../../graph/model.js";
import type { Rewrites } from "./rewrite.js";

export const attention: Rewrites = {
  // With fewer heads for keys and values than for queries, each serves a group of queries.
  Attention: ({ b, node, x }) => {
    const [query, key, value, mask, past] = x as [Value, Value, Value, Value?, Value?];
    if (
      past ||
      x[6] ||
      node.outputs[3] ||
      "left_window_size" in node.attributes ||
      "right_window_size" in node.attributes
    )
      throw new UnsupportedError(node, "only attention without cache and window is supported; export it written out");
    const [heads, keyHeads] = ["q_num_heads", "kv_num_heads"].map((name) => intAttribute(node, name, 1));
    const split = (v: Value, count: number) => (b.shape(v).length === 4 ? v : splitHeads(b, v, count));
    const [q, k, v] = [split(query, heads!), split(key, keyHeads!), split(value, keyHeads!)];
    const group = (b.shape(q)[1] as number) / (b.shape(k)[1] as number);
    const mixed = attend(b, q, repeatHeads(b, k, group), repeatHeads(b, v, group), {
      scale: floatAttribute(node, "scale", 0),
      cap: floatAttribute(node, "softcap", 0),
      causal: intAttribute(node, "is_causal", 0) !== 0,
      masks: mask ? [mask] : [],
    });
    return [b.shape(query).length === 4 ? mixed : joinHeads(b, mixed), k, v];
  },
  // Pairs of coordinates are turned by an angle that depends on the position.
  RotaryEmbedding: ({ b, node, x }) => {
    const [given, cosines, sines, positions] = x as [Value, Value, Value, Value?];
    const input = b.shape(given).length === 4 ? given : splitHeads(b, given, intAttribute(node, "num_heads", 1));
    const width = b.shape(input)[3] as number;
    const turned = intAttribute(node, "rotary_embedding_dim", 0) || width;
    const [cos, sin] = [cosines, sines].map((table) =>
      b.op("Unsqueeze", [positions ? b.op("Gather", [table, positions]) : table, b.ints([1])]),
    ) as [Value, Value];
    const step = intAttribute(node, "interleaved", 0) ? 2 : 1;
    const second = step === 2 ? 1 : turned / 2;
    const x1 = b.slice(input, 3, 0, step === 2 ? turned : second, step);
    const x2 = b.slice(input, 3, second, turned, step);
    const parts = [b.sub(b.mul(x1, cos), b.mul(x2, sin)), b.add(b.mul(x1, sin), b.mul(x2, cos))];
    const rotated =
      step === 2
        ? b.op("Reshape", [
            b.op(
              "Concat",
              parts.map((p) => b.op("Unsqueeze", [p, b.ints([4])])),
              { axis: 4 },
            ),
            b.ints([0, 0, 0, -1]),
          ])
        : b.op("Concat", parts, { axis: 3 });
    const y = turned < width ? b.op("Concat", [rotated, b.slice(input, 3, turned, width)], { axis: 3 }) : rotated;
    return [input === given ? y : joinHeads(b, y)];
  },
  // One matrix for Q, K and V.
  "com.microsoft.Attention": ({ b, node, x }) => {
    const [input, weight, bias, mask, past, attentionBias] = x as [Value, Value, Value?, Value?, Value?, Value?];
    const widths = intsAttribute(node, "qkv_hidden_sizes") ?? [0, 1, 2].map(() => (b.shape(weight)[1] as number) / 3);
    if (past || intAttribute(node, "do_rotary", 0))
      throw new UnsupportedError(node, "only plain attention is supported; export without operator fusion");
    const product = b.matMul(input, weight);
    const parts = b.ops("Split", [bias ? b.add(product, bias) : product, b.ints(widths)], { axis: 2 }, { outputs: 3 });
    return [fusedAttention(b, node, parts, mask, attentionBias)];
  },
  "com.microsoft.MultiHeadAttention": ({ b, node, x }) => {
    const [query, key, value, bias, mask, attentionBias, past] = x as [
      Value,
      Value?,
      Value?,
      Value?,
      Value?,
      Value?,
      Value?,
    ];
    if (!key || !value || past || b.shape(key).length !== 3)
      throw new UnsupportedError(
        node,
        "only separate query, key and value without a cache are supported; export without operator fusion",
      );
    const parts = [query, key, value];
    if (!bias) return [fusedAttention(b, node, parts, mask, attentionBias)];
    const widths = b.ints(parts.map((p) => b.shape(p)[2] as number));
    const biases = b.ops("Split", [bias, widths], { axis: 0 }, { outputs: 3 });
    const shifted = parts.map((p, i) => b.add(p, biases[i]!));
    return [fusedAttention(b, node, shifted, mask, attentionBias)];
  },
};

function fusedAttention(b: GraphBuilder, node: Node, parts: readonly Value[], mask?: Value, bias?: Value): Value {
  const masks = bias ? [bias] : [];
  if (mask) masks.push(hiding(b, node, mask, parts[1]!));
  const [q, k, v] = parts.map((p) => splitHeads(b, p, intAttribute(node, "num_heads", 1)));
  const mixed = attend(b, q!, k!, v!, {
    scale: floatAttribute(node, "scale", 0),
    causal: intAttribute(node, "unidirectional", 0) !== 0,
    masks,
  });
  return joinHeads(b, mixed);
}

/** What a fused mask adds to the scores: the keys' lengths [batch], or 1 where a key is seen, for each query or for all. */
function hiding(b: GraphBuilder, node: Node, mask: Value, keys: Value): Value {
  const rank = b.shape(mask).length;
  if (rank > 3)
    throw new UnsupportedError(node, "a mask of more than three axes is not supported; export without operator fusion");
  const seen =
    rank === 1 ? b.op("Less", [b.positions(keys, 1), b.op("Unsqueeze", [b.cast(mask, "int64"), b.ints([1])])]) : mask;
  const hidden = b.mul(b.sub(1, b.cast(seen, "float32")), floatAttribute(node, "mask_filter_value", -10000));
  return b.op("Unsqueeze", [hidden, b.ints(rank === 3 ? [1] : [1, 2])]);
}

interface Attending {
  /** 1/√width where it is 0. */
  readonly scale: number;
  /** Scores s become cap·tanh(s/cap). */
  readonly cap?: number;
  /** Query i sees keys 0 … i alone. */
  readonly causal: boolean;
  /** Added to the scores, or boolean: what may be seen. */
  readonly masks: readonly Value[];
}

/** softmax(QKᵀ·scale + masks)·V, head by head, for Q, K, V [batch, heads, length, width]. */
function attend(b: GraphBuilder, q: Value, k: Value, v: Value, { scale, cap = 0, causal, masks }: Attending): Value {
  const scaled = b.mul(q, scale || 1 / Math.sqrt(b.shape(q)[3] as number));
  const raw = b.matMul(scaled, b.transpose(k, [0, 1, 3, 2]));
  const capped = cap ? b.mul(b.op("Tanh", [b.div(raw, cap)]), cap) : raw;
  const all = causal ? [...masks, noLater(b, q, k)] : masks;
  const scores = all.reduce(
    (s, mask) => (b.type(mask).dtype === "bool" ? b.where(mask, s, -Infinity) : b.add(s, mask)),
    capped,
  );
  const weights = b.op("Softmax", [scores], { axis: -1 });
  // A query that may see nothing gets nothing.
  const safe = masks.length > 0 ? b.where(b.op("IsNaN", [weights]), 0, weights) : weights;
  return b.matMul(safe, v);
}

/** [queries, keys], true where the key is not behind the query. */
function noLater(b: GraphBuilder, q: Value, k: Value): Value {
  return b.op("GreaterOrEqual", [b.op("Unsqueeze", [b.positions(q, 2), b.ints([1])]), b.positions(k, 2)]);
}

/** [batch, length, heads·width] → [batch, heads, length, width]. */
function splitHeads(b: GraphBuilder, v: Value, heads: number): Value {
  const width = (b.shape(v)[2] as number) / heads;
  return b.transpose(b.op("Reshape", [v, b.ints([0, 0, heads, width])]), [0, 2, 1, 3]);
}

function joinHeads(b: GraphBuilder, v: Value): Value {
  const [, heads, , width] = b.shape(v) as number[];
  return b.op("Reshape", [b.transpose(v, [0, 2, 1, 3]), b.ints([0, 0, heads! * width!])]);
}

/** Every head `times` times in a row. */
function repeatHeads(b: GraphBuilder, v: Value, times: number): Value {
  if (times === 1) return v;
  const [, heads, , width] = b.shape(v) as number[];
  const copies = b.op("Expand", [b.op("Unsqueeze", [v, b.ints([2])]), b.ints([1, 1, times, 1, 1])]);
  return b.op("Reshape", [copies, b.ints([0, heads! * times, -1, width!])]);
}
