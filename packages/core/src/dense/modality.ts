import { buildOn, type GraphBuilder, type Model } from "@taskhead/autograd";
import type { MappedFeatures, Modality } from "../backbone/modality.js";
import { imageInput, type PixelOptions } from "../images/input.js";
import { images, type ImageOptions } from "../images/modality.js";
import type { FeatureMap } from "../data/positions.js";
import type { Images } from "../images/images.js";
import { outputSize, type Size } from "../images/preprocessing.js";
import { findMap } from "./find-map.js";
import { atPictureSize, segmentationFiles } from "./served.js";

export interface DenseOptions extends Omit<ImageOptions, "augment"> {
  /** The size of the targets' maps. Default: that of the images. */
  places?: Size;
}

/** Images with a class for every pixel: their targets are maps, features a vector for each place of a map. */
export function maskedImages({ places, ...options }: DenseOptions): Modality<Images> {
  const plain = images(options);
  const { preprocessing } = options;
  const normalise: PixelOptions | undefined = preprocessing ?? options.pixels;
  const size = preprocessing ? outputSize(preprocessing) : options.size;
  return {
    ...plain,
    name: "masked images",
    prepare: (model) => ({
      ...plain.prepare(model),
      map: (b, asked) => mappedFeatures(b, asked, { model, normalise, size, places }),
    }),
    served: (model) => (preprocessing ? atPictureSize(plain.served(model)) : model),
    servedFiles: ({ outputs }) => segmentationFiles(outputs, preprocessing),
  };
}

/** What the map of a model is looked for with. */
interface Input {
  readonly model: Model;
  readonly normalise: PixelOptions | undefined;
  readonly size: Size | undefined;
  readonly places: Size | undefined;
}

function mappedFeatures(b: GraphBuilder, asked: string | undefined, input: Input): MappedFeatures {
  const { value, map, found } = findMap(b, asked);
  const [tall, across] = b.graph.inputs[0]!.type!.shape.slice(2).map(Number) as [number, number];
  const strides = stridesOf(map, { height: tall, width: across }, asked, input);
  const told = `${map.channels} channels at each of ${map.width}×${map.height} places`;
  const { places = { height: tall, width: across } } = input;
  return {
    features: { value, width: map.channels * map.height * map.width },
    map,
    places: { height: places.height, width: places.width },
    found: `${found}: ${told}${strides ? `, stride ${strides.height === strides.width ? strides.width : `${strides.width}×${strides.height}`}` : ""}.`,
    warnings: strides ? offStride({ height: tall, width: across }, strides, map) : [],
  };
}

/** Divided by every stride that is a power of two. */
const farther = 1024;

/**
 * How many pixels a place stands for, found by shape inference at the size and at one 1024 pixels larger: sides that are no
 * multiple of the stride are rounded alike in both, so that the difference of the maps tells it. Of a model that takes one size
 * alone it is the sizes' quotient; undefined where places do not go by the picture's size.
 */
function stridesOf(map: FeatureMap, size: Size, asked: string | undefined, input: Input): Size | undefined {
  const larger = mapAt({ height: size.height + farther, width: size.width + farther }, asked, input);
  const along = (side: "height" | "width"): number => {
    const grown = larger ? larger[side] - map[side] : 0;
    return Math.round(grown > 0 ? farther / grown : size[side] / map[side]);
  };
  const strides = { height: along("height"), width: along("width") };
  return Object.values(strides).every((stride) => Number.isFinite(stride) && stride >= 1) ? strides : undefined;
}

function mapAt(size: Size, asked: string | undefined, { model, normalise }: Input): FeatureMap | undefined {
  try {
    return findMap(buildOn(imageInput(ofAnySize(model), { normalise, size }).model), asked).map;
  } catch {
    return undefined;
  }
}

/** The model as if it left the size of its pictures open, as many do that were exported at one. */
function ofAnySize(model: Model): Model {
  const [input, ...others] = model.graph.inputs;
  const shape = input?.type?.shape;
  if (shape?.length !== 4) return model;
  const spatial = Number(shape[1]) <= 4 ? [2, 3] : [1, 2];
  const free = shape.map((d, axis) => (spatial.includes(axis) ? `side.${axis}` : d));
  return {
    ...model,
    graph: { ...model.graph, inputs: [{ ...input!, type: { ...input!.type!, shape: free } }, ...others] },
  };
}

function offStride(size: Size, strides: Size, map: FeatureMap): string[] {
  const whole = (side: "height" | "width"): number =>
    Math.max(1, Math.round(size[side] / strides[side])) * strides[side];
  const better = { height: whole("height"), width: whole("width") };
  if (better.height === size.height && better.width === size.width) return [];
  return [
    `images of ${size.width}x${size.height} are no multiple of the model's stride ${strides.width}: its map of ${map.width}×${map.height} places is shifted against them by up to a place; better use option size ${better.width}x${better.height}`,
  ];
}
