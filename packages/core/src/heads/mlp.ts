import { float32 } from "@taskhead/autograd";
import { normals } from "../data/random.js";
import { parameter, type Head } from "./head.js";

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
}

const operators = { relu: "Relu", gelu: "Gelu", tanh: "Tanh" } as const;

/**
 * A multilayer perceptron: x₀ = z, x_l = activation(W_l x_{l−1} + b_l) for l = 1…depth, q = W x + b. The parameters are
 * `head.<l>.weight` [out, in] and `head.<l>.bias` [out], counted from 1; the logits' layer is the last.
 *
 * Hidden weights start from normal(0, √(2 / fan-in)) (He et al. 2015), which keeps the size of activations from layer to
 * layer under ReLU; PyTorch's own default for `nn.Linear` shrinks it sixfold per layer. The first layer divides by the
 * features' root mean square as well, so that hidden units start at size 1 whatever the backbone's scale. The logits'
 * layer starts as the linear head does, from normal(0, 0.01): nearly uniform probabilities at tau = 0. Biases are 0.
 */
export function mlpHead({ width: hidden, depth = 1, activation = "relu", dropout = 0 }: MlpOptions): Head {
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
          const sigma = i === depth ? 0.01 : Math.sqrt(2 / (fanIn * scale));
          return [
            [`${layer}.weight`, normals(out * fanIn, sigma, rng)],
            [`${layer}.bias`, new Float32Array(out)],
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
