import { Float, float32, GraphBuilder, sizeOf, type Model, type Value } from "@taskhead/autograd";
import { normals, random } from "@taskhead/core/internals";

export interface TextEncoderOptions {
  readonly classes: number;
  /** Tokens of a text. */
  readonly length: number;
  readonly layers?: number;
  readonly width?: number;
  /** Of attention. */
  readonly heads?: number;
  /** Units of a feed-forward layer. */
  readonly hidden?: number;
  readonly words?: number;
}

/**
 * A text encoder the size of MiniLM-L6, random weights: `ids` [batch, length] → `logits` [batch, classes].
 * Post-norm blocks as in BERT: attention, then a feed-forward layer with Gelu; tokens are averaged.
 */
export function textEncoder(options: TextEncoderOptions): Model {
  const { classes, length, layers = 6, width = 384, heads = 12, hidden = 1536, words = 30522 } = options;
  const b = new GraphBuilder("text-encoder");
  const rng = random(0, "text-encoder");
  const weight = (name: string, shape: readonly number[]): Value =>
    b.initializer(name, float32(normals(sizeOf(shape), 0.02, rng), shape));
  const constant = (name: string, size: number, value: number): Value =>
    b.initializer(name, float32(new Float32Array(size).fill(value)));
  const dense = (x: Value, name: string, from: number, to: number): Value =>
    b.add(b.op("MatMul", [x, weight(`${name}.weight`, [from, to])]), constant(`${name}.bias`, to, 0));
  const norm = (x: Value, name: string): Value => {
    const [scale, shift] = [constant(`${name}.weight`, width, 1), constant(`${name}.bias`, width, 0)];
    return b.op("LayerNormalization", [x, scale, shift], { epsilon: new Float(1e-12) });
  };
  const perHead = (x: Value): Value =>
    b.op("Transpose", [b.op("Reshape", [x, b.ints([0, 0, heads, width / heads])])], { perm: [0, 2, 1, 3] });
  const attend = (x: Value, name: string): Value => {
    const projected = (part: string) => perHead(dense(x, `${name}.${part}`, width, width));
    const [q, k, v] = [projected("query"), projected("key"), projected("value")];
    const scores = b.mul(b.op("MatMul", [q, b.op("Transpose", [k], { perm: [0, 1, 3, 2] })]), Math.sqrt(heads / width));
    const mixed = b.op("MatMul", [b.op("Softmax", [scores], { axis: -1 }), v]);
    const joined = b.op("Reshape", [b.op("Transpose", [mixed], { perm: [0, 2, 1, 3] }), b.ints([0, 0, width])]);
    return dense(joined, `${name}.output`, width, width);
  };

  const ids = b.input("ids", "int64", ["batch", length]);
  const embedded = b.add(
    b.op("Gather", [weight("embeddings.word", [words, width]), ids]),
    weight("embeddings.position", [length, width]),
  );
  let x = norm(embedded, "embeddings.norm");
  for (let i = 0; i < layers; i++) {
    x = norm(b.add(x, attend(x, `layer.${i}.attention`)), `layer.${i}.norm1`);
    const inner = b.op("Gelu", [dense(x, `layer.${i}.up`, width, hidden)]);
    x = norm(b.add(x, dense(inner, `layer.${i}.down`, hidden, width)), `layer.${i}.norm2`);
  }
  const pooled = b.op("ReduceMean", [x, b.ints([1])], { keepdims: 0 });
  b.setOutputs({ logits: dense(pooled, "head", width, classes) });
  return b.model();
}
