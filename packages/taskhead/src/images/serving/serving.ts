import type { LabelledItems, Serving } from "../../data/serving.js";
import type { Stored } from "../../data/stored.js";
import { answerAll } from "./answers.js";
import { calledBy } from "../called-by.js";
import { targetsOf } from "../image-source.js";
import { labelledFor } from "../labelled-for.js";
import { namedImages } from "../named-images.js";
import { openServed } from "./served.js";
import { shownImages } from "../shown.js";
import { leftOutLines, refusedRows } from "../told.js";

/** Image files, through an exported model. */
export const imageServing: Serving<Stored> = {
  async named(names) {
    const { files, unusable } = await namedImages(names);
    return { items: files, unusable };
  },
  nameOf: ({ path }) => path,
  async labelled(model, path, places): Promise<LabelledItems<Stored>> {
    const { source, unknown } = await labelledFor(model, path, places);
    return {
      items: source.files.map((file) => ({ ...file, path: calledBy(path, source, file.path) })),
      targets: (indices) =>
        targetsOf(
          source,
          indices.map((i) => source.files[i]!),
        ),
      refused: source.refused.length,
      skipped: refusedRows(source),
      notes: [
        ...(source.said === undefined ? [] : [source.said]),
        ...source.notes,
        ...leftOutLines(source.leftOut ?? []),
      ],
      unknown,
    };
  },
  async open(_, bytes, device) {
    const served = await openServed(bytes, { device });
    return {
      answer: (files, listening) => answerAll(served, files, listening),
      release: () => served.release(),
    };
  },
  shown: shownImages,
};
