import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline, RawImage } from "@huggingface/transformers";
import { softmax } from "@taskhead/core/internals";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pictureClasses, pictureModel, pictures } from "../../../../../scripts/pictures.js";
import { openServed } from "./served.js";
import { decodeImage } from "../pixels/decode.js";

type Classify = (image: RawImage, options: { top_k: number }) => Promise<{ label: string; score: number }[]>;

/** How far apart the two are. */
interface Compared {
  name: string;
  sameBytes: boolean;
  /** The largest difference of a class's probability. */
  probability: number;
}

/** The one picture that transformers.js refuses in Node; a browser reads it. */
const refused = "grey-alpha.png";

let folder: string;
const compared: Compared[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "taskhead-served-"));
  const model = pictureModel();
  for (const [path, content] of model) {
    await mkdir(dirname(join(folder, "model", path)), { recursive: true });
    await writeFile(join(folder, "model", path), content);
  }
  const classify = (await pipeline("image-classification", join(folder, "model"), {
    dtype: "fp32",
  })) as unknown as Classify;
  const served = await openServed(model.get("onnx/model.onnx")!);
  const all = await pictures();
  for (const { name, content } of all) await writeFile(join(folder, name), content);
  for (const { name } of all.filter((p) => p.name !== refused)) {
    const theirs = await RawImage.read(join(folder, name));
    const scores = await classify(theirs.clone(), { top_k: pictureClasses.length });
    const ours = await decodeImage(join(folder, name));
    const probabilities = softmax(await served.logits(ours), pictureClasses.length);
    const { data, width, height } = theirs.rgb();
    compared.push({
      name,
      sameBytes: width === ours.width && height === ours.height && Buffer.compare(ours.data, Buffer.from(data)) === 0,
      probability: Math.max(
        ...scores.map(({ label, score }) => Math.abs(score - probabilities[pictureClasses.indexOf(label)]!)),
      ),
    });
  }
  await served.release();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a picture, whatever its format, is for training and predict what it is for transformers.js", () => {
  it("to the byte", () => {
    expect(compared.filter((c) => !c.sameBytes)).toEqual([]);
    expect(compared.length).toBeGreaterThan(55);
  });

  it("in what an exported model says of it", () => expect(compared.filter((c) => !(c.probability < 1e-5))).toEqual([]));

  it("of pixels that are no pictures says so, and of what is no exported model", async () => {
    const bytes = pictureModel().get("onnx/model.onnx")!;
    const served = await openServed(bytes);
    const picture = (width: number, height: number, channels = 3) => ({
      width,
      height,
      data: new Uint8Array(width * height * channels),
    });
    await expect(served.logits(picture(8, 8, 4))).rejects.toThrow(
      "picture 0 of 8 × 8 holds 256 numbers; give RGB bytes, 3 × width × height in a Uint8Array, without alpha",
    );
    await expect(served.batch([picture(8, 8), picture(4, 4)])).rejects.toThrow(
      "picture 1 is 4 × 4 and picture 0 8 × 8",
    );
    await expect(served.batch([])).rejects.toThrow("give one at least");
    await served.release();
    await expect(openServed("model.onnx" as unknown as Uint8Array)).rejects.toThrow(
      "wants the bytes of an exported model",
    );
  });

  it("but grey with alpha, which it refuses: there the grey is taken", async () => {
    const theirs = await RawImage.read(join(folder, refused)).catch((error: unknown) => error);
    expect(theirs).toBeInstanceOf(Error);
    const { data } = await decodeImage(join(folder, refused));
    const grey = await decodeImage(join(folder, "grey.png"));
    expect(Buffer.compare(data, grey.data)).toBe(0);
  });
});
