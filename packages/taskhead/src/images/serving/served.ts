import { servedInput } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";
import type { TuneOptions } from "../../options/table.js";
import { openServedSession } from "../../runtime/served-session.js";
import { decodeImage, type DecodedImage } from "../pixels/decode.js";
import { channelsFirst } from "../image-files.js";

/** An exported model, used as any server would: pictures in, logits out, nothing of ours in between. */
export interface Served {
  /** @param image a file, or its pixels @returns [k] */
  logits(image: string | DecodedImage): Promise<Float32Array>;
  /** @param images of one size, at least one @returns [k] for each */
  batch(images: readonly DecodedImage[]): Promise<Float32Array[]>;
  release(): Promise<void>;
}

/**
 * @param model the bytes of an exported model of pictures
 * @throws {UserError} for what is no such model; else as `openServedSession` does
 */
export async function openServed(
  model: Uint8Array,
  options: { threads?: number; device?: TuneOptions["device"] } = {},
): Promise<Served> {
  if (!(model instanceof Uint8Array))
    throw new UserError(`openServed wants the bytes of an exported model, not ${typeof model}; read its file`);
  const session = await openServedSession(model, options);
  if (!session.inputNames.includes(servedInput)) {
    await session.release();
    throw new UserError(
      `the model takes '${session.inputNames.join("', '")}' and not '${servedInput}', as an exported one does of pictures; give onnx/model.onnx of a run's model folder`,
    );
  }
  const batch: Served["batch"] = async (images) => {
    requirePixels(images);
    const { width, height } = images[0]!;
    const dims = [images.length, 3, height, width];
    const all = await session.logits({
      [servedInput]: new session.ort.Tensor("float32", channelsFirst(images), dims),
    });
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

/** @throws {UserError} unless they are pictures of one size, each in RGB bytes */
function requirePixels(images: readonly DecodedImage[]): void {
  if (!Array.isArray(images) || images.length === 0)
    throw new UserError("batch wants a list of pictures; give one at least");
  let size: { width: number; height: number } | undefined;
  images.forEach((image: DecodedImage | undefined, n) => {
    const { data, width = NaN, height = NaN } = image ?? {};
    if (!(data instanceof Uint8Array) || !(width > 0) || data.length !== 3 * width * height)
      throw new UserError(
        `picture ${n} of ${width} × ${height} holds ${data?.length ?? "no"} numbers; give RGB bytes, 3 × width × height in a Uint8Array, without alpha`,
      );
    size ??= { width, height };
    if (width !== size.width || height !== size.height)
      throw new UserError(
        `picture ${n} is ${width} × ${height} and picture 0 ${size.width} × ${size.height}; give pictures of one size to batch, or each to logits`,
      );
  });
}
