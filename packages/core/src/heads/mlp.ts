import { float32 } from "@taskhead/autograd";
import { requireOptions, requireWanted, type WantedOptions } from "../given/require.js";
import { number, oneOf, whole } from "../given/wanted.js";
import { parameter, type Head } from "./head.js";
import { headStarts, type HeadStart } from "./start.js";
import { startLayer } from "./start-layer.js";

export type Activation = "relu" | "gelu" | "tanh";

export interface MlpOptions {
  /** Hidden units per layer. */
  width: number;
  /** Hidden layers. Default 1. */
  depth?: number;
  /** Default `relu`. */
  activation?: Activation;
  /** The probability that a hidden unit is dropped in a step of probing, 0 ≤ p < 1; never elsewhere. Default 0. */
  dropout?: number;
  /** How the logits' layer starts. Default `torch`: weights and bias from U(±1/√fan-in), as PyTorch's `nn.Linear`. */
  start?: HeadStart;
}

const wantedOptions: WantedOptions<MlpOptions> = {
  width: whole({ from: 1 }),
  depth: whole({ from: 1 }),
  activation: oneOf(["relu", "gelu", "tanh"]),
  dropout: number({ from: 0, below: 1 }),
  start: headStarts,
};

const operators = { relu: "Relu", gelu: "Gelu", tanh: "Tanh" } as const;

/**
 * A multilayer perceptron: x₀ = z, x_l = activation(W_l x_{l−1} + b_l) for l = 1…depth, q = W x + b. The parameters are
 * `head.<l>.weight` [out, in] and `head.<l>.bias` [out], counted from 1; the logits' layer is the last.
 *
 * The logits' layer starts as `start` says. Hidden weights start from normal(0, √(2 / fan-in)) (He et al. 2015), biases
 * from 0, whatever `start` is: this is ours, and neither PyTorch's nor transformers' choice. It keeps the mean square of
 * activations from layer to layer under ReLU, where `nn.Linear`'s own start divides it by six at each, and probing's rates
 * count on hidden units of mean square 1. The first layer divides by the features' root mean square as well, so that they
 * have it whatever the backbone's scale. `zeros` means the logits' layer alone: with hidden layers of zeros no weight
 * would ever get a gradient.
 * @throws {DataError} for a width or depth below 1, a dropout outside of 0 ≤ p < 1, and other options
 */
export function mlpHead(options: MlpOptions): Head {
  requireOptions("mlpHead", options, wantedOptions);
  const { width: hidden, depth = 1, activation = "relu", dropout = 0, start = { kind: "torch" } } = options;
  requireWanted("width", hidden, wantedOptions.width);
  const layers = Array.from({ length: depth + 1 }, (_, i) => `head.${i + 1}`);
  const masks =
    dropout === 0 ? [] : layers.slice(0, -1).map((l) => ({ name: `${l}.mask`, width: hidden, rate: dropout }));
  return {
    parameters: layers.flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]),
    weights: layers.map((layer) => `${layer}.weight`),
    readsFeatures: ["head.1.weight"],
    fanIn: new Map(layers.slice(1).map((layer) => [`${layer}.weight`, hidden])),
    masks,
    convex: false,
    initial: (rng, width, outputs, meanSquare = 1) =>
      new Map(
        layers.flatMap((layer, i): [string, Float32Array][] => {
          const [fanIn, out] = [i === 0 ? width : hidden, i === depth ? outputs : hidden];
          const scale = i === 0 ? meanSquare || 1 : 1;
          const he = { kind: "normal", deviation: Math.sqrt(2 / (fanIn * scale)) } as const;
          const { weight, bias } = startLayer(i === depth ? start : he, out, fanIn, rng);
          return [
            [`${layer}.weight`, weight],
            [`${layer}.bias`, bias],
          ];
        }),
      ),
    attach(builder, features, width, outputs, weights, withMasks = false) {
      let x = features;
      for (const [i, layer] of layers.entries()) {
        const shape = [i === depth ? outputs : hidden, i === 0 ? width : hidden];
        const w = builder.initializer(`${layer}.weight`, float32(parameter(weights, `${layer}.weight`), shape));
        const b = builder.initializer(`${layer}.bias`, float32(parameter(weights, `${layer}.bias`)));
        x = builder.op("Gemm", [x, w, b], { transB: 1 });
        if (i < depth) x = builder.op(operators[activation], [x]);
        const mask = withMasks ? masks[i] : undefined;
        if (mask) x = builder.mul(x, builder.input(mask.name, "float32", ["batch", mask.width]));
      }
      return x;
    },
  };
}
