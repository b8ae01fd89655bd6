import { loadModel } from "@taskhead/autograd";
import { executionProvider, RuntimeError } from "@taskhead/core/internals";
import type { TuneOptions } from "../options/table.js";
import { deviceFor } from "../runtime/device.js";
import { loadRuntime } from "../runtime/runtime.js";
import { decodeImage, type DecodedImage } from "./decode.js";
import { channelsFirst } from "./image-files.js";

/** An exported model, used as any server would: pictures in, logits out, nothing of ours in between. */
export interface Served {
  /** @param image a file, or its pixels @returns [k] */
  logits(image: string | DecodedImage): Promise<Float32Array>;
  /** @param images of one size, at least one @returns [k] for each */
  batch(images: readonly DecodedImage[]): Promise<Float32Array[]>;
  release(): Promise<void>;
}

/**
 * `onnxruntime-node` alone, on purpose: what is reported must hold without this library. On a device it is told what to leave to the
 * processor.
 */
export async function openServed(
  model: Uint8Array,
  { threads, device = "cpu" }: { threads?: number; device?: TuneOptions["device"] } = {},
): Promise<Served> {
  const ort = await loadRuntime();
  const on = await deviceFor(ort, device);
  const refused = (error: unknown): never => {
    throw new RuntimeError(error);
  };
  const session = await ort.InferenceSession.create(model, {
    // What goes wrong is thrown; the runtime would print it too, with the names that a model has.
    logSeverityLevel: 4,
    ...(threads ? { intraOpNumThreads: threads } : {}),
    ...(on === "cpu" ? {} : { executionProviders: [executionProvider(on, loadModel(model))] }),
  }).catch(refused);
  const batch: Served["batch"] = async (images) => {
    const { width, height } = images[0]!;
    const pixels = new ort.Tensor("float32", channelsFirst(images), [images.length, 3, height, width]);
    const { logits } = await session.run({ pixel_values: pixels }).catch(refused);
    const all = logits!.data as Float32Array;
    const each = all.length / images.length;
    return images.map((_, n) => all.subarray(n * each, (n + 1) * each));
  };
  return {
    batch,
    async logits(image) {
      const [logits] = await batch([typeof image === "string" ? await decodeImage(image) : image]);
      return logits!;
    },
    release: () => session.release(),
  };
}
