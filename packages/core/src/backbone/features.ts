import { writeModel, type Model } from "@taskhead/autograd";
import type { Backbone } from "./backbone.js";
import { Breather } from "../engine/breather.js";
import type { Engine, Session } from "../engine/engine.js";
import { batches, upTo, type Images } from "../images/images.js";
import { imageInputs, type Inputs } from "../data/inputs.js";

export interface ExtractOptions {
  /** Images per run. Default 64. */
  batch?: number;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** The frozen backbone's features of every image, [N, h], with its weights as constants (the runtime's fast path). */
export async function extractFeatures(
  engine: Engine,
  backbone: Backbone,
  images: Images,
  options: ExtractOptions = {},
): Promise<Float32Array> {
  return withSession(
    engine,
    backbone.model,
    async (session) => (await runInputs(session, imageInputs(engine, backbone, images), options))["features"]!,
  );
}

/** Opens a session for as long as `use` runs. */
export async function withSession<T>(engine: Engine, model: Model, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await engine.session(writeModel(model));
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

/** Every float output of the session for every sample, each concatenated along the batch, in the samples' order. */
export async function runInputs(
  session: Session,
  inputs: Inputs,
  options: ExtractOptions = {},
): Promise<Record<string, Float32Array>> {
  const breather = new Breather();
  const results: Record<string, Float32Array> = {};
  for (const name of session.outputNames) results[name] = new Float32Array(0);
  let done = 0;
  for (const indices of batches(upTo(inputs.count), options.batch ?? 64)) {
    options.signal?.throwIfAborted();
    const outputs = await session.run(await inputs.feeds(indices));
    for (const name of session.outputNames) {
      const data = outputs[name]!.data as Float32Array;
      const width = data.length / indices.length;
      if (done === 0) results[name] = new Float32Array(inputs.count * width);
      results[name]!.set(data, done * width);
    }
    done += indices.length;
    options.onProgress?.(done, inputs.count);
    await breather.breathe();
  }
  return results;
}
