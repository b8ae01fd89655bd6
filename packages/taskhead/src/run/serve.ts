import { decodeImage, type DecodedImage } from "../images/decode.js";
import type { Progress } from "../terminal/progress.js";
import { loadRuntime } from "./runtime.js";

/** An exported model, used as any server would: pictures in, logits out, nothing of ours in between. */
export interface Served {
  /** @param image a file, or its pixels @returns [k] */
  logits(image: string | DecodedImage): Promise<Float32Array>;
  /** @param images of one size @returns [n, k] */
  batchLogits(images: readonly DecodedImage[]): Promise<Float32Array>;
  release(): Promise<void>;
}

/** `onnxruntime-node` alone, on purpose: what is reported must hold without this library. */
export async function openServed(model: Uint8Array, threads?: number): Promise<Served> {
  const ort = await loadRuntime();
  const session = await ort.InferenceSession.create(model, {
    logSeverityLevel: 3,
    ...(threads ? { intraOpNumThreads: threads } : {}),
  });
  const batchLogits = async (images: readonly DecodedImage[]): Promise<Float32Array> => {
    const { width, height } = images[0]!;
    const pixels = new Float32Array(images.length * 3 * height * width);
    images.forEach(({ data }, i) => writeChannelsFirst(data, pixels.subarray(i * data.length, (i + 1) * data.length)));
    const feeds = { pixel_values: new ort.Tensor("float32", pixels, [images.length, 3, height, width]) };
    const { logits } = await session.run(feeds);
    return logits!.data as Float32Array;
  };
  return {
    logits: async (image) => batchLogits([typeof image === "string" ? await decodeImage(image) : image]),
    batchLogits,
    release: () => session.release(),
  };
}

/** [height, width, 3] bytes → [3, height, width] floats, the numbers unchanged. */
function writeChannelsFirst(data: Uint8Array, out: Float32Array): void {
  const size = data.length / 3;
  for (let i = 0; i < size; i++) for (let c = 0; c < 3; c++) out[c * size + i] = data[3 * i + c]!;
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

/** Pictures of one run at most, and numbers in them: large ones go one by one. */
const [mostImages, mostNumbers] = [16, 2 ** 22];

/** Images of one size that follow each other, a few at a time. */
async function* inBatches(images: AsyncIterable<DecodedImage>): AsyncGenerator<DecodedImage[]> {
  let batch: DecodedImage[] = [];
  for await (const image of images) {
    const [first] = batch;
    const full = batch.length === mostImages || (batch.length + 1) * image.data.length > mostNumbers;
    if (first && (full || first.width !== image.width || first.height !== image.height)) {
      yield batch;
      batch = [];
    }
    batch.push(image);
  }
  if (batch.length > 0) yield batch;
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
    for await (const images of inBatches(decodedAhead(files))) {
      options.signal.throwIfAborted();
      logits.set(await served.batchLogits(images), done * classes);
      task.update((done += images.length));
    }
    return logits;
  } finally {
    task.end();
    await served.release();
  }
}
