import { float32, type GraphBuilder } from "@taskhead/autograd";
import type { FeatureMap } from "../data/positions.js";
import { requireOptions, requireWanted, type WantedOptions } from "../given/require.js";
import { isObject, whole, type Wanted } from "../given/wanted.js";
import type { Weights } from "../engine/weights.js";
import { parameter, type Head } from "./head.js";
import { linearlyResized } from "./linear-resize.js";
import { headStarts, type HeadStart } from "./start.js";
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

const sizes = (wants: string, ...names: readonly string[]): Wanted => ({
  wants,
  is: (value) => isObject(value) && names.every((name) => whole({ from: 1 }).is(Reflect.get(value, name))),
});

const wantedOptions: WantedOptions<DenseOptions> = {
  map: sizes("the map of a backbone that gives one", "channels", "height", "width"),
  size: sizes("a size, { height, width }", "height", "width"),
  hidden: whole({ from: 1 }),
  start: headStarts,
};

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
export function denseHead(options: DenseOptions): Head {
  requireOptions("denseHead", options, wantedOptions);
  const { map, size, hidden, start = { kind: "torch" } } = options;
  requireWanted("map", map, wantedOptions.map);
  requireWanted("size", size, wantedOptions.size);
  const layers = hidden === undefined ? ["head"] : ["head.1", "head.2"];
  const [first, logits] = [layers[0]!, layers.at(-1)!];
  const read = hidden ?? map.channels;
  /** What the logits' layer reads: the map, or hidden units at every place. */
  const unitsOf = (b: GraphBuilder, z: string, weights: Weights): string => {
    if (hidden === undefined) return z;
    const sums = convolved(b, z, weights, first, [hidden, map.channels, 3, 3], { pads: [1, 1, 1, 1] });
    return b.op("Relu", [sums]);
  };
  return {
    parameters: layers.flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]),
    weights: layers.map((layer) => `${layer}.weight`),
    readsFeatures: [`${first}.weight`],
    fanIn: new Map(hidden === undefined ? [] : [[`${logits}.weight`, hidden]]),
    masks: [],
    convex: hidden === undefined,
    map: { ...map, window: hidden === undefined ? 1 : 9 },
    places: size,
    initial(rng, _, outputs, meanSquare = 1) {
      const fanIn = 9 * map.channels;
      const he = { kind: "normal", deviation: Math.sqrt(2 / (fanIn * (meanSquare || 1))) } as const;
      return new Map(
        layers.flatMap((layer): [string, Float32Array][] => {
          const { weight, bias } =
            layer === logits ? startLayer(start, outputs, read, rng) : startLayer(he, read, fanIn, rng);
          return [
            [`${layer}.weight`, weight],
            [`${layer}.bias`, bias],
          ];
        }),
      );
    },
    attach(b, features, _, outputs, weights) {
      const { channels, height, width } = map;
      // The bias is brought into another shape, which would else be done once and for all.
      b.keepVariable(this.parameters);
      const z = unitsOf(b, unflattened(b, features, [channels, height, width]), weights);
      const w = b.initializer(`${logits}.weight`, float32(parameter(weights, `${logits}.weight`), [outputs, read]));
      const bias = b.initializer(`${logits}.bias`, float32(parameter(weights, `${logits}.bias`)));
      const flat = b.op("Reshape", [z, b.ints([-1, read, height * width])]);
      const q = b.add(b.op("MatMul", [w, flat]), b.op("Unsqueeze", [bias, b.ints([1])]));
      const small = b.op("Reshape", [q, b.ints([-1, outputs, height, width])]);
      return linearlyResized(b, small, map, size);
    },
    attachExported(b, features, outputs, weights) {
      const small = convolved(b, unitsOf(b, features, weights), weights, logits, [outputs, read, 1, 1]);
      const how = { mode: "linear", coordinate_transformation_mode: "half_pixel", axes: [2, 3] };
      return b.op("Resize", [small, "", "", b.ints([size.height, size.width])], how);
    },
  };
}

/** A layer as a convolution with a kernel of this shape. */
function convolved(
  b: GraphBuilder,
  x: string,
  weights: Weights,
  layer: string,
  shape: readonly [outputs: number, inputs: number, height: number, width: number],
  padding: { pads?: readonly number[] } = {},
): string {
  const kernel = float32(parameter(weights, `${layer}.weight`), shape);
  const bias = b.initializer(`${layer}.bias`, float32(parameter(weights, `${layer}.bias`)));
  const inputs = [x, b.initializer(`${layer}.weight`, kernel), bias];
  return b.op("Conv", inputs, { kernel_shape: shape.slice(2), ...padding });
}
