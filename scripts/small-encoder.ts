import { float32, Float, GraphBuilder, sizeOf, type Value } from "@taskhead/autograd";
import { normals, random } from "@taskhead/core/internals";

export interface EncoderSizes {
  vocabulary: number;
  /** Tokens of a text, at most. */
  positions: number;
  /** Numbers per token. */
  width: number;
  layers: number;
  heads: number;
  /** Numbers per token inside a layer's second half. */
  inner: number;
}

/** As BERT's. */
const [spread, epsilon] = [0.02, 1e-12];

/**
 * A small BERT (Devlin et al. 2019) that starts at random, without token types, with Relu: appends `input_ids` and
 * `attention_mask`, int64 [batch, sequence], and the layers.
 * @returns the value of what it makes of each token, [batch, sequence, width]
 */
export function smallEncoder(
  b: GraphBuilder,
  { vocabulary, positions, width, layers, heads, inner }: EncoderSizes,
): Value {
  const weight = (name: string, shape: readonly number[]): Value =>
    b.initializer(name, float32(normals(sizeOf(shape), spread, random(0, "init", name)), shape));
  const constant = (name: string, size: number, value: number): Value =>
    b.initializer(name, float32(new Float32Array(size).fill(value), [size]));
  const linear = (name: string, x: Value, from: number, to: number): Value =>
    b.add(b.op("MatMul", [x, weight(`${name}.weight`, [from, to])]), constant(`${name}.bias`, to, 0));
  const norm = (name: string, x: Value): Value =>
    b.op("LayerNormalization", [x, constant(`${name}.weight`, width, 1), constant(`${name}.bias`, width, 0)], {
      axis: -1,
      epsilon: new Float(epsilon),
    });

  const ids = b.input("input_ids", "int64", ["batch", "sequence"]);
  const mask = b.input("attention_mask", "int64", ["batch", "sequence"]);
  // 0 where there is a token, far below all scores where there is none: [batch, 1, 1, sequence].
  const absent = b.mul(b.sub(1, b.cast(mask, "float32")), -1e4);
  const hidden = b.op("Unsqueeze", [absent, b.ints([1, 2])]);
  const words = b.op("Gather", [weight("embeddings.word_embeddings.weight", [vocabulary, width]), ids]);
  const places = weight("embeddings.position_embeddings.weight", [positions, width]);
  let x = norm("embeddings.LayerNorm", b.add(words, b.op("Gather", [places, b.positions(ids, 1)])));
  for (let layer = 0; layer < layers; layer++) {
    const at = `encoder.layer.${layer}`;
    const split = (name: string): Value => {
      const each = linear(`${at}.attention.self.${name}`, x, width, width);
      return b.op("Reshape", [each, b.ints([0, 0, heads, width / heads])]);
    };
    const query = b.transpose(split("query"), [0, 2, 1, 3]);
    const key = b.transpose(split("key"), [0, 2, 3, 1]);
    const value = b.transpose(split("value"), [0, 2, 1, 3]);
    const scores = b.add(b.mul(b.op("MatMul", [query, key]), Math.sqrt(heads / width)), hidden);
    const seen = b.transpose(b.op("MatMul", [b.op("Softmax", [scores], { axis: -1 }), value]), [0, 2, 1, 3]);
    const joined = b.op("Reshape", [seen, b.ints([0, 0, width])]);
    x = norm(
      `${at}.attention.output.LayerNorm`,
      b.add(x, linear(`${at}.attention.output.dense`, joined, width, width)),
    );
    const between = b.op("Relu", [linear(`${at}.intermediate.dense`, x, width, inner)]);
    x = norm(`${at}.output.LayerNorm`, b.add(x, linear(`${at}.output.dense`, between, inner, width)));
  }
  return x;
}

/** What config.json says of it. */
export function encoderConfig({
  vocabulary,
  positions,
  width,
  layers,
  heads,
  inner,
}: EncoderSizes): Record<string, unknown> {
  return {
    architectures: ["BertModel"],
    model_type: "bert",
    vocab_size: vocabulary,
    max_position_embeddings: positions,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: inner,
    hidden_act: "relu",
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    initializer_range: spread,
    layer_norm_eps: epsilon,
    pad_token_id: 0,
  };
}
