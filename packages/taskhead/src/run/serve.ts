import { decodeImage, type DecodedImage } from "../data/decode.js";
import type { Progress } from "../terminal/progress.js";
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
  const session = await ort.InferenceSession.create(model, {
    logSeverityLevel: 3,
    ...(threads ? { intraOpNumThreads: threads } : {}),
  });
  return {
    async logits(image) {
      const { data, width, height } = typeof image === "string" ? await decodeImage(image) : image;
      const pixels = new ort.Tensor("float32", channelsFirst(data), [1, 3, height, width]);
      const { logits } = await session.run({ pixel_values: pixels });
      return logits!.data as Float32Array;
    },
    release: () => session.release(),
  };
}

/** [height, width, 3] bytes → [3, height, width] floats, the numbers unchanged. */
function channelsFirst(data: Uint8Array): Float32Array {
  const size = data.length / 3;
  const out = new Float32Array(data.length);
  for (let i = 0; i < size; i++) for (let c = 0; c < 3; c++) out[c * size + i] = data[3 * i + c]!;
  return out;
}

/** Decodes files in their order, a few ahead of what is asked for: in other threads, while the model computes. */
async function* decodedAhead(files: readonly string[]): AsyncGenerator<DecodedImage> {
  const decode = (file: string): Promise<DecodedImage> => {
    const image = decodeImage(file);
    // Reported when it is asked for, if it is.
    image.catch(() => undefined);
    return image;
  };
  const ahead = files.slice(0, 4).map(decode);
  for (let i = ahead.length; ahead.length > 0; i++) {
    yield await ahead.shift()!;
    if (i < files.length) ahead.push(decode(files[i]!));
  }
}

/** The exported model's logits on image files, [N, k]. */
export async function scoreFile(
  model: Uint8Array,
  files: readonly string[],
  classes: number,
  options: { threads: number; label: string; progress: Progress; signal: AbortSignal },
): Promise<Float32Array> {
  const served = await openServed(model, options.threads);
  const task = options.progress.task(options.label, files.length, "images");
  const logits = new Float32Array(files.length * classes);
  try {
    let done = 0;
    for await (const image of decodedAhead(files)) {
      options.signal.throwIfAborted();
      logits.set(await served.logits(image), done * classes);
      task.update(++done);
    }
    return logits;
  } finally {
    task.end();
    await served.release();
  }
}
