import { Float, float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import { normals, random } from "../src/data/random.js";

/** Appends layers with random weights to a graph. */
export class Layers {
  readonly b = new GraphBuilder("test");
  readonly #rng = random(0, "network");

  weights(name: string, shape: readonly number[], sigma = 0.3): string {
    const size = shape.reduce((a, d) => a * d, 1);
    return this.b.initializer(name, float32(normals(size, sigma, this.#rng), shape));
  }

  conv(name: string, x: string, [from, to]: readonly [number, number], stride = 1): string {
    const inputs = [x, this.weights(`${name}.weight`, [to, from, 3, 3]), this.weights(`${name}.bias`, [to])];
    return this.b.op("Conv", inputs, { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [stride, stride] });
  }

  norm(name: string, x: string, channels: number): string {
    const variance = this.b.initializer(`${name}.var`, float32(new Float32Array(channels).fill(0.7)));
    const inputs = [
      x,
      ...["scale", "shift", "mean"].map((part) => this.weights(`${name}.${part}`, [channels])),
      variance,
    ];
    return this.b.op("BatchNormalization", inputs, { epsilon: new Float(1e-5) });
  }

  unit(name: string, x: string, channels: readonly [number, number], stride = 1): string {
    return this.b.op("Relu", [this.norm(`${name}.bn`, this.conv(name, x, channels, stride), channels[1])]);
  }

  pool(x: string): string {
    return this.b.op("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] });
  }

  linear(name: string, x: string, [from, to]: readonly [number, number]): string {
    return this.b.add(
      this.b.op("MatMul", [x, this.weights(`${name}.weight`, [from, to])]),
      this.weights(`${name}.bias`, [to]),
    );
  }

  /** Ends an image network: global average pooling and a classifier. */
  classify(x: string, channels: number): Uint8Array {
    const flat = this.b.op("Flatten", [this.b.op("GlobalAveragePool", [x])]);
    this.b.setOutputs({ scores: this.b.op("Gemm", [flat, this.weights("fc", [5, channels])], { transB: 1 }) });
    return writeModel(this.b.model());
  }
}

/** Two VGG-like stages of two convolutions, each ending in pooling, and a strided convolution: 8×8 images. */
export function stagedNetwork(): Uint8Array {
  const n = new Layers();
  const x = n.b.input("image", "float32", ["n", 3, 8, 8]);
  const first = n.pool(n.unit("1b", n.unit("1a", x, [3, 4]), [4, 6]));
  const second = n.pool(n.unit("2b", n.unit("2a", first, [6, 6]), [6, 8]));
  return n.classify(n.unit("3", second, [8, 7], 2), 7);
}

/** A stem and two residual blocks. */
export function residualNetwork(): Uint8Array {
  const n = new Layers();
  const stem = n.unit("stem", n.b.input("image", "float32", ["n", 3, 8, 8]), [3, 4]);
  const residual = (name: string, x: string): string =>
    n.b.op("Relu", [n.b.add(x, n.norm(`${name}.n`, n.conv(`${name}b`, n.unit(`${name}a`, x, [4, 4]), [4, 4]), 4))]);
  return n.classify(residual("r2", residual("r1", stem)), 4);
}

/** Patches, and two pre-norm transformer layers with one attention head. */
export function transformerNetwork(): Uint8Array {
  const n = new Layers();
  const { b } = n;
  const x = b.input("image", "float32", ["n", 3, 8, 8]);
  const patches = b.op("Conv", [x, n.weights("patch", [6, 3, 4, 4])], { kernel_shape: [4, 4], strides: [4, 4] });
  const tokens = b.op("Transpose", [b.op("Reshape", [patches, b.ints([-1, 6, 4])])], { perm: [0, 2, 1] });
  const norm = (name: string, v: string): string =>
    b.op("LayerNormalization", [v, n.weights(`${name}.scale`, [6]), n.weights(`${name}.shift`, [6])], { axis: -1 });
  const layer = (name: string, v: string): string => {
    const z = norm(`${name}.1`, v);
    const [q, k, value] = ["q", "k", "v"].map((part) => n.linear(`${name}.${part}`, z, [6, 6])) as [
      string,
      string,
      string,
    ];
    const attention = b.op("Softmax", [b.op("MatMul", [q, b.op("Transpose", [k], { perm: [0, 2, 1] })])], { axis: -1 });
    const mixed = b.add(v, n.linear(`${name}.o`, b.op("MatMul", [attention, value]), [6, 6]));
    const hidden = b.op("Relu", [n.linear(`${name}.up`, norm(`${name}.2`, mixed), [6, 12])]);
    return b.add(mixed, n.linear(`${name}.down`, hidden, [12, 6]));
  };
  const last = norm("last", layer("t2", layer("t1", b.add(tokens, n.weights("position", [1, 4, 6])))));
  const pooled = b.op("ReduceMean", [last, b.ints([1])], { keepdims: 0 });
  b.setOutputs({ scores: b.op("Gemm", [pooled, n.weights("fc", [5, 6])], { transB: 1 }) });
  return writeModel(b.model());
}
