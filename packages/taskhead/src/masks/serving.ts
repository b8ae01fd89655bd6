import { join } from "node:path";
import type { Answers, LabelledItems, Serving } from "../data/serving.js";
import type { Stored } from "../data/stored.js";
import { DecodeError } from "../images/pixels/decode.js";
import { ahead } from "../images/image-files.js";
import { namedImages } from "../images/named-images.js";
import { openServed, type Served } from "../images/serving/served.js";
import { shown } from "../files/shown.js";
import { classesOf, type Mask } from "./mask.js";
import { readRawMask } from "./read-mask.js";
import { scanMasks } from "./scan-masks.js";
import { shownMasks } from "./shown.js";

/** A picture, with its mask where it is to be scored. */
export interface MaskItem {
  readonly file: Stored;
  readonly mask?: () => Promise<Mask>;
}

/** Pictures through an exported model that gives a class for every pixel. */
export const maskServing: Serving<MaskItem> = {
  async named(names) {
    const { files, unusable } = await namedImages(names);
    return { items: files.map((file) => ({ file })), unusable };
  },
  nameOf: ({ file }) => file.path,
  async labelled(model, path, { palette, ignore }): Promise<LabelledItems<MaskItem>> {
    const found = await scanMasks(path, {
      known: model.outputs,
      ...(palette === undefined ? {} : { palette }),
      ...(ignore === undefined ? {} : { ignore }),
    });
    const maskOf = async (mask: string): Promise<Mask> => {
      const file = join(found.root, mask);
      return classesOf(await readRawMask(file), shown(file), found.classes, found.ignore, found.lenient);
    };
    return {
      items: found.files.map(({ path: file, mask }) => ({
        file: { path: join(found.root, file) },
        mask: () => maskOf(mask),
      })),
      // Each is told when it is asked for: masks are of any size, and may be many.
      targets: (indices) => ({ data: new Int32Array(indices.length), shape: [1, 1] }),
      own: async (index) => {
        const { classes: data, width, height, strangers } = await maskOf(found.files[index]!.mask);
        return { data, shape: [height, width], strangers };
      },
      refused: 0,
      skipped: [],
      notes: found.notes,
      unknown: [],
    };
  },
  async open(_, bytes, device) {
    const served = await openServed(bytes, { device });
    return {
      answer: (items, listening) => answerAll(served, items, listening),
      release: () => served.release(),
    };
  },
  shown: (items, root) =>
    shownMasks(
      items.map(({ file, mask }) => ({ file, mask: mask ?? (() => Promise.reject(new Error("it has no mask"))) })),
      root,
    ),
};

async function answerAll(
  served: Served,
  items: readonly MaskItem[],
  { onAnswer, onSkip, onProgress, signal }: Answers,
): Promise<void> {
  const files = items.map(({ file }) => file);
  let index = 0;
  for await (const image of ahead(files, (decoding) => decoding.catch(orReason))) {
    signal?.throwIfAborted();
    if (image instanceof DecodeError) onSkip(index, image.reason);
    else {
      const [logits] = await served.batch([image]);
      await onAnswer(index, logits!, { width: image.width, height: image.height });
    }
    onProgress?.(++index);
  }
}

function orReason(error: unknown): DecodeError {
  if (error instanceof DecodeError) return error;
  throw error;
}
