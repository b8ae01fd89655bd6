import { sizeOf } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import type { Backbone } from "../backbone/backbone.js";
import { rows } from "./cached-values.js";
import type { Engine } from "../engine/engine.js";
import { imageTensor, requireSize, type Images } from "../images/images.js";

/** Samples as a network's graph takes them. */
export interface Inputs {
  readonly count: number;
  /** A batch, by the names of the graph's inputs. */
  feeds(indices: readonly number[]): Promise<Record<string, Tensor>>;
}

/** Images for the backbone's own input. */
export function imageInputs(engine: Engine, backbone: Backbone, images: Images): Inputs {
  requireSize(backbone, images);
  return {
    count: images.count,
    feeds: async (indices) => ({ [backbone.inputName]: await imageTensor(engine, backbone, images, indices) }),
  };
}

/** One of a graph's inputs, computed beforehand for every sample. */
export interface CachedValue {
  name: string;
  /** Of one sample. */
  shape: readonly number[];
  /** [N, …shape] */
  data: Float32Array;
}

/** Cached values, and the images too where the graph still reads them. */
export function cachedInputs(engine: Engine, count: number, values: readonly CachedValue[], images?: Inputs): Inputs {
  return {
    count,
    feeds: async (indices) => {
      const cached = values.map(({ name, shape, data }) => {
        const batch = rows(data, sizeOf(shape), indices);
        return [name, engine.tensor("float32", batch, [indices.length, ...shape])] as const;
      });
      return { ...(await images?.feeds(indices)), ...Object.fromEntries(cached) };
    },
  };
}
