import { float32, GraphBuilder, int64, writeModel, type Value } from "@taskhead/autograd";
import { normals, random } from "../src/data/random.js";

/**
 * Small networks with the nodes, and the ways around, that PyTorch's exporters write for a U-Net (torch.onnx.export of
 * convolutions, ConvTranspose2d and pads of a computed size) and for transformers' SegformerForSemanticSegmentation.
 * Biases that are still 0 are stored once, and reach other layers through an Identity.
 */

interface Layers {
  readonly b: GraphBuilder;
  /** Weights by name. */
  weight(name: string, shape: readonly number[]): Value;
  /** Zeros, once for each length. */
  zeros(length: number): Value;
  conv(name: string, x: Value, from: number, to: number, kernel?: number, stride?: number): Value;
}

function layers(b: GraphBuilder): Layers {
  const rng = random(3, "decoders");
  const kept = new Map<number, Value>();
  const weight: Layers["weight"] = (name, shape) =>
    b.initializer(
      name,
      float32(
        normals(
          shape.reduce((size, d) => size * d, 1),
          0.3,
          rng,
        ),
        shape,
      ),
    );
  const zeros: Layers["zeros"] = (length) => {
    const known = kept.get(length);
    if (known !== undefined) return b.op("Identity", [known]);
    const made = b.initializer(`onnx::Conv_${200 + length}`, float32(new Float32Array(length), [length]));
    kept.set(length, made);
    return made;
  };
  return {
    b,
    weight,
    zeros,
    conv(name, x, from, to, kernel = 3, stride = 1) {
      const pad = (kernel - 1) / 2;
      return b.op("Conv", [x, weight(`${name}.weight`, [to, from, kernel, kernel]), zeros(to)], {
        kernel_shape: [kernel, kernel],
        pads: [pad, pad, pad, pad],
        strides: [stride, stride],
        dilations: [1, 1],
        group: 1,
      });
    },
  };
}

function exported(build: (layers: Layers, x: Value) => Value): Uint8Array {
  const b = new GraphBuilder("main_graph");
  const x = b.input("pixel_values", "float32", ["batch", 3, "height", "width"]);
  b.setOutputs({ logits: build(layers(b), x) });
  return writeModel(b.model());
}

/** Two levels down by MaxPool, two up by ConvTranspose, padded to the size of the map that goes around. */
export function unet(): Uint8Array {
  return exported(({ b, conv, weight }, x) => {
    const relu = (value: Value): Value => b.op("Relu", [value]);
    const pool = (value: Value): Value => b.op("MaxPool", [value], { kernel_shape: [2, 2], strides: [2, 2] });
    const side = (value: Value, axis: number): Value =>
      b.op("Gather", [b.op("Shape", [value]), b.constant(int64([axis], []))], { axis: 0 });
    const up = (name: string, below: Value, beside: Value, from: number, to: number): Value => {
      const inputs = [below, weight(`${name}.weight`, [from, to, 2, 2]), weight(`${name}.bias`, [to])];
      const larger = b.op("ConvTranspose", inputs, { kernel_shape: [2, 2], strides: [2, 2], group: 1 });
      const pads = [3, 2].map((axis) => {
        const missing = b.op("Sub", [side(beside, axis), side(larger, axis)]);
        const before = b.op("Div", [missing, b.constant(int64([2], []))]);
        return [before, b.op("Sub", [missing, before])].map((one) => b.op("Unsqueeze", [one, b.ints([0])]));
      });
      const [[left, right], [top, bottom]] = pads as [[Value, Value], [Value, Value]];
      const zero = b.ints([0, 0]);
      const around = b.op("Concat", [zero, top, left, zero, bottom, right], { axis: 0 });
      return b.op("Concat", [beside, b.op("Pad", [larger, around, ""], { mode: "constant" })], { axis: 1 });
    };
    const fine = relu(conv("inc", x, 3, 4));
    const middle = relu(conv("down1", pool(fine), 4, 6));
    const coarse = relu(conv("down2", pool(middle), 6, 8));
    const first = relu(conv("c1", up("up1", coarse, middle, 8, 6), 12, 6));
    const second = relu(conv("c2", up("up2", first, fine, 6, 4), 8, 4));
    return conv("outc", second, 4, 5, 1);
  });
}

/** Two stages of tokens, each with its projection; both resized to the finer map's size, fused, and classified. */
export function segformer(): Uint8Array {
  return exported(({ b, conv, weight, zeros }, x) => {
    const tokensOf = (map: Value, width: number): Value =>
      b.transpose(b.op("Reshape", [map, b.ints([0, width, -1])]), [0, 2, 1]);
    const linear = (name: string, tokens: Value, from: number, to: number): Value =>
      b.op("Add", [zeros(to), b.op("MatMul", [tokens, weight(`${name}.weight`, [from, to])])]);
    const sizes = (map: Value): Value => b.op("Slice", [b.op("Shape", [map]), b.ints([2]), b.ints([4]), b.ints([0])]);
    const mapOf = (tokens: Value, like: Value, width: number): Value => {
      const shape = b.op("Concat", [b.ints([0, width]), sizes(like)], { axis: 0 });
      return b.op("Reshape", [b.transpose(tokens, [0, 2, 1]), shape], { allowzero: 0 });
    };
    const stage = (name: string, map: Value, from: number, to: number, stride: number): Value => {
      const patches = conv(`${name}.patch_embeddings`, map, from, to, 3, stride);
      const tokens = b.op(
        "LayerNormalization",
        [tokensOf(patches, to), weight(`${name}.norm.weight`, [to]), zeros(to)],
        {
          axis: -1,
        },
      );
      const scores = b.mul(b.matMul(tokens, b.transpose(tokens, [0, 2, 1])), 0.5);
      const attended = b.matMul(b.op("Softmax", [scores], { axis: -1 }), linear(`${name}.value`, tokens, to, to));
      return mapOf(b.add(tokens, b.op("Gelu", [linear(`${name}.dense`, attended, to, to)])), patches, to);
    };
    const fine = stage("stages.0", x, 3, 4, 4);
    const coarse = stage("stages.1", fine, 4, 6, 2);
    const projected = [coarse, fine].map((map, i) => {
      const width = [6, 4][i]!;
      const projection = linear(`decode_head.linear_projections.${1 - i}`, tokensOf(map, width), width, 8);
      const own = mapOf(projection, map, 8);
      const rows = b.op("Slice", [b.op("Shape", [own]), b.ints([0]), b.ints([2]), b.ints([0])]);
      return b.op("Resize", [own, "", "", b.op("Concat", [rows, sizes(fine)], { axis: 0 })], {
        mode: "linear",
        coordinate_transformation_mode: "half_pixel",
      });
    });
    const fused = b.op("Relu", [conv("decode_head.linear_fuse", b.op("Concat", projected, { axis: 1 }), 16, 8, 1)]);
    return conv("decode_head.classifier", fused, 8, 5, 1);
  });
}
