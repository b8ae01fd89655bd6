import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import { normals, random } from "../src/data/random.js";

/** Two layers and a classifier of 4 outputs: features of width 8 of vectors of 6. */
export function perceptron(): Uint8Array {
  const rng = random(0, "perceptron");
  const b = new GraphBuilder("perceptron");
  const layer = (name: string, x: string, [from, to]: readonly [number, number]): string =>
    b.op("MatMul", [x, b.initializer(`${name}.weight`, float32(normals(from * to, 0.5, rng), [from, to]))]);
  const hidden = b.op("Relu", [layer("1", b.input("x", "float32", ["n", 6]), [6, 12])]);
  const features = b.op("Tanh", [layer("2", hidden, [12, 8])]);
  b.setOutputs({ logits: layer("3", features, [8, 4]) });
  return writeModel(b.model());
}

/** Vectors of 6 of three classes in turn: noise, with every third place raised from that of the class. */
export function vectors(count: number, seed: number): { x: Float32Array; labels: number[] } {
  const rng = random(seed, "vectors");
  const labels = Array.from({ length: count }, (_, n) => n % 3);
  const x = Float32Array.from({ length: count * 6 }, (_, i) => {
    const raised = i % 3 === labels[Math.floor(i / 6)];
    return rng.normal(1) + (raised ? 1 : 0);
  });
  return { x, labels };
}
