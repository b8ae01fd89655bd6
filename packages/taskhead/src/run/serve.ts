import { RuntimeError } from "@taskhead/core/internals";
import { decodeImage, type DecodedImage } from "../images/decode.js";
import { channelsFirst } from "../images/image-files.js";
import { loadRuntime } from "./runtime.js";

/** An exported model, used as any server would: pictures in, logits out, nothing of ours in between. */
export interface Served {
  /** @param image a file, or its pixels @returns [k] */
  logits(image: string | DecodedImage): Promise<Float32Array>;
  release(): Promise<void>;
}

/** `onnxruntime-node` alone, on purpose: what is reported must hold without this library. */
export async function openServed(model: Uint8Array, threads?: number): Promise<Served> {
  const ort = await loadRuntime();
  const refused = (error: unknown): never => {
    throw new RuntimeError(error);
  };
  const session = await ort.InferenceSession.create(model, {
    // What goes wrong is thrown; the runtime would print it too, with the names that a model has.
    logSeverityLevel: 4,
    ...(threads ? { intraOpNumThreads: threads } : {}),
  }).catch(refused);
  return {
    async logits(image) {
      const decoded = typeof image === "string" ? await decodeImage(image) : image;
      const { width, height } = decoded;
      const pixels = new ort.Tensor("float32", channelsFirst([decoded]), [1, 3, height, width]);
      const { logits } = await session.run({ pixel_values: pixels }).catch(refused);
      return logits!.data as Float32Array;
    },
    release: () => session.release(),
  };
}
