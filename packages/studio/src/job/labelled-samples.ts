import { ownGroups } from "../data/groups.js";
import { ownSets } from "../data/sets.js";
import { pictureSamples } from "./picture-samples.js";
import { preprocessingOf, readPictures, requireTwo } from "./read-pictures.js";
import type { KindOfSamples } from "./samples.js";
import { withoutLost } from "./without-lost.js";

/** Pictures of which a table says what is to be predicted: kept as pictures are. */
export const labelledSamples: KindOfSamples = {
  async read({ backbone, texts }, engine, onEvent) {
    const given = texts?.texts.flatMap((one) => (one.picture ? [{ ...one, file: one.picture }] : [])) ?? [];
    if (!texts) throw new Error("there are no pictures");
    const { known, bytes, keys, unreadable } = await readPictures(given, preprocessingOf(backbone), engine, onEvent);
    requireTwo({ known, unreadable });
    return {
      bytes,
      task: texts.task,
      ...withoutLost(texts, known),
      names: known.map(({ name }) => name),
      keys,
      ...ownSets(texts.sets, known),
      ...ownGroups(texts, known),
      unreadable,
    };
  },

  open: pictureSamples.open,
};
