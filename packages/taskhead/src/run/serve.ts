import { decodeImage } from "../data/decode.js";
import type { Progress } from "../terminal/progress.js";
import { loadRuntime } from "./runtime.js";

/** An exported model, used as any server would: pictures in, logits out, nothing of ours in between. */
export interface Served {
  /** @returns [k] */
  logits(image: string): Promise<Float32Array>;
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
      const { data, width, height } = await decodeImage(image);
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
    for (const [i, file] of files.entries()) {
      options.signal.throwIfAborted();
      logits.set(await served.logits(file), i * classes);
      task.update(i + 1);
    }
    return logits;
  } finally {
    task.end();
    await served.release();
  }
}
