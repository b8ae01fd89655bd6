import { float32, type GraphBuilder } from "@taskhead/autograd";
import type { FeatureMap } from "../data/positions.js";
import { requireWhole } from "../given/require-whole.js";
import type { Weights } from "../engine/weights.js";
import { parameter, type Head } from "./head.js";
import type { HeadStart } from "./start.js";
import { startLayer } from "./start-layer.js";
import { unflattened } from "./with-blocks.js";

export interface DenseOptions {
  /** What it reads, of one sample. */
  map: FeatureMap;
  /** The size of the maps of logits, that of the targets. */
  size: { readonly height: number; readonly width: number };
  /** Units of a 3×3 convolution with ReLU before the logits' layer: it then sees the neighbours of a place. Default: none. */
  hidden?: number;
  /** How the logits' layer starts. Default `torch`: weights and bias from U(±1/√fan-in), as PyTorch's `nn.Conv2d`. */
  start?: HeadStart;
}

/**
 * Logits for every place: a 1×1 convolution on the map, W [k, channels] (`head.weight`) and b [k] (`head.bias`), whose
 * result is resized to the targets' size, linearly between places' centres (half_pixel, no antialiasing). The same head on
 * features that were resized first gives the same logits, at a cost that is as many times as large as the map becomes.
 *
 * With `hidden` a 3×3 convolution (padding 1) and ReLU come first, `head.1`, and the logits' layer is `head.2`; hidden weights
 * start by He's rule on the features' scale, as in `mlpHead`.
 *
 * In training both layers of products are matrix products, and so is each axis of the resize: those have gradients, and
 * kernels in double precision. An exported model has Conv and Resize in their place.
 */
export function denseHead({ map, size, hidden, start = { kind: "torch" } }: DenseOptions): Head {
  if (hidden !== undefined) requireWhole("hidden", hidden, 1);
  const logits = hidden === undefined ? "head" : "head.2";
  const first = "head.1";
  const names = (layer: string): string[] => [`${layer}.weight`, `${layer}.bias`];
  const read = hidden ?? map.channels;
  const context = (b: GraphBuilder, z: string, weights: Weights): string => {
    if (hidden === undefined) return z;
    const kernel = float32(parameter(weights, `${first}.weight`), [hidden, map.channels, 3, 3]);
    const bias = b.initializer(`${first}.bias`, float32(parameter(weights, `${first}.bias`)));
    const inputs = [z, b.initializer(`${first}.weight`, kernel), bias];
    return b.op("Relu", [b.op("Conv", inputs, { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })]);
  };
  return {
    parameters: [...(hidden === undefined ? [] : names(first)), ...names(logits)],
    weights: [...(hidden === undefined ? [] : [`${first}.weight`]), `${logits}.weight`],
    readsFeatures: [hidden === undefined ? "head.weight" : `${first}.weight`],
    fanIn: new Map(hidden === undefined ? [] : [[`${logits}.weight`, hidden]]),
    masks: [],
    convex: hidden === undefined,
    map: { ...map, window: hidden === undefined ? 1 : 9 },
    places: size,
    initial(rng, _, outputs, meanSquare = 1) {
      const layers: [string, { weight: Float32Array; bias: Float32Array }][] = [];
      if (hidden !== undefined) {
        const fanIn = 9 * map.channels;
        const he = { kind: "normal", deviation: Math.sqrt(2 / (fanIn * (meanSquare || 1))) } as const;
        layers.push([first, startLayer(he, hidden, fanIn, rng)]);
      }
      layers.push([logits, startLayer(start, outputs, read, rng)]);
      return new Map(
        layers.flatMap(([layer, { weight, bias }]) => [
          [`${layer}.weight`, weight],
          [`${layer}.bias`, bias],
        ]),
      );
    },
    attach(b, features, _, outputs, weights) {
      const { channels, height, width } = map;
      // The bias is brought into another shape, which would else be done once and for all.
      b.keepVariable(this.parameters);
      const z = context(b, unflattened(b, features, [channels, height, width]), weights);
      const w = b.initializer(`${logits}.weight`, float32(parameter(weights, `${logits}.weight`), [outputs, read]));
      const bias = b.initializer(`${logits}.bias`, float32(parameter(weights, `${logits}.bias`)));
      const flat = b.op("Reshape", [z, b.ints([-1, read, height * width])]);
      const q = b.add(b.op("MatMul", [w, flat]), b.op("Unsqueeze", [bias, b.ints([1])]));
      const small = b.op("Reshape", [q, b.ints([-1, outputs, height, width])]);
      return resized(b, small, map, size);
    },
    attachExported(b, features, outputs, weights) {
      const z = context(b, features, weights);
      const kernel = float32(parameter(weights, `${logits}.weight`), [outputs, read, 1, 1]);
      const bias = b.initializer(`${logits}.bias`, float32(parameter(weights, `${logits}.bias`)));
      const small = b.op("Conv", [z, b.initializer(`${logits}.weight`, kernel), bias], { kernel_shape: [1, 1] });
      const how = { mode: "linear", coordinate_transformation_mode: "half_pixel", axes: [2, 3] };
      return b.op("Resize", [small, "", "", b.ints([size.height, size.width])], how);
    },
  };
}

/** M_h x M_wᵀ of every map [batch, k, h, w]: the axis first that leaves fewer numbers to the other. */
function resized(b: GraphBuilder, x: string, from: DenseOptions["size"], to: DenseOptions["size"]): string {
  const along = (size: number, length: number): Float32Array => linearMatrix(size, length);
  const wide = (value: string): string => {
    if (from.width === to.width) return value;
    const columns = float32(transposed(along(from.width, to.width), from.width), [from.width, to.width]);
    return b.op("MatMul", [value, b.constant(columns)]);
  };
  const high = (value: string): string =>
    from.height === to.height
      ? value
      : b.op("MatMul", [b.constant(float32(along(from.height, to.height), [to.height, from.height])), value]);
  return high(wide(x));
}

/**
 * What each of `length` places takes from each of `size`, [length, size]: ONNX's Resize, linear, half_pixel. Place i lies at
 * (i + ½)·size/length − ½; beyond the outer centres it is the outer value.
 */
export function linearMatrix(size: number, length: number): Float32Array {
  const matrix = new Float32Array(length * size);
  for (let i = 0; i < length; i++) {
    const at = Math.min(Math.max(((i + 0.5) * size) / length - 0.5, 0), size - 1);
    const below = Math.min(Math.floor(at), size - 1);
    const share = at - below;
    matrix[i * size + below]! += 1 - share;
    if (share > 0) matrix[i * size + below + 1]! += share;
  }
  return matrix;
}

function transposed(matrix: Float32Array, columns: number): Float32Array {
  const rows = matrix.length / columns;
  return matrix.map((_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)]!);
}
