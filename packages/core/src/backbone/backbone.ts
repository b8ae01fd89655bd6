import {
  buildOn,
  type DataType,
  type GraphBuilder,
  loadModel,
  type LoadOptions,
  type Model,
  ModelError,
  type Shape,
  trainableParameters,
} from "@taskhead/autograd";
import { findFeatures } from "./find-features.js";
import { prepareInput, type PixelOptions, type Size } from "./backbone-input.js";

/** A pretrained network up to its features: z = f(x; B). */
export interface Backbone {
  /** Its input → `features` [batch, h]; weights as initializers. */
  readonly model: Model;
  readonly inputName: string;
  readonly inputType: DataType;
  /** [batch, 3, H, W] for images. */
  readonly inputShape: Shape;
  /** The value inside the graph that holds the features, [batch, h]. */
  readonly featureName: string;
  /** h */
  readonly width: number;
  /** One sentence: where the features were found. */
  readonly found: string;
  /** The trainable initializers that the features depend on, B. */
  readonly parameters: readonly string[];
  /** Numbers in them. */
  readonly parameterCount: number;
}

export interface BackboneOptions extends LoadOptions {
  /** The name of the value to take as features, instead of looking for it. */
  features?: string;
  /** Take bytes 0..255 in an input called `pixels` and normalise inside the model. */
  pixels?: PixelOptions;
  /** The image size in pixels, for a model that takes any. */
  size?: Size;
}

/**
 * Opens a pretrained ONNX model and cuts it at its features: the input of the linear layer that reaches the first output
 * only through softmax, pooling and reshaping; without such a layer, the output itself. Spatial features [batch, h, H, W]
 * are averaged over positions, token features [batch, tokens, h] over tokens.
 * @throws {ModelError} if the model cannot be read, `features` names nothing, or the size does not fit.
 */
export function openBackbone(bytes: Uint8Array, options: BackboneOptions = {}): Backbone {
  const own = buildOn(loadModel(bytes, options)).model();
  const input = prepareInput(own, options);
  const builder = buildOn(input.model);
  const place = findFeatures(
    builder.graph,
    options.features && (input.renamed.get(options.features) ?? options.features),
  );
  const pooled = pool(builder, place.value);
  builder.setOutputs({ features: pooled.value });
  const model = builder.model();
  const parameters = trainableParameters(model).filter((name) => !input.constants.has(name));
  return {
    model,
    inputName: input.name,
    inputType: builder.type(input.name).dtype,
    inputShape: builder.type(input.name).shape,
    featureName: pooled.value,
    width: pooled.width,
    found: `${place.found}${pooled.how}, ${pooled.width} per sample.`,
    parameters,
    parameterCount: parameters.reduce((sum, name) => sum + (model.graph.initializers.get(name)?.data.length ?? 0), 0),
  };
}

/** Brings a value to [batch, h]. */
function pool(builder: GraphBuilder, value: string): { value: string; width: number; how: string } {
  const { shape } = builder.type(value);
  const axes = shape.length === 4 ? [2, 3] : shape.length === 3 ? [1] : [];
  const how = shape.length === 4 ? ", averaged over positions" : shape.length === 3 ? ", averaged over tokens" : "";
  const width = shape[shape.length === 3 ? 2 : 1];
  if (shape.length < 2 || shape.length > 4 || typeof width !== "number")
    throw new ModelError(
      `'${value}' is [${shape.join(", ")}]: features must be [batch, h], [batch, tokens, h] or [batch, h, height, width] with a fixed h; name another value with --features`,
    );
  if (typeof shape[0] === "number")
    throw new ModelError(
      `'${value}' has a fixed batch of ${shape[0]}: the model was exported for one batch size; export it with a dynamic batch axis`,
    );
  const pooled = axes.length ? builder.op("ReduceMean", [value, builder.ints(axes)], { keepdims: 0 }) : value;
  return { value: pooled, width, how };
}
