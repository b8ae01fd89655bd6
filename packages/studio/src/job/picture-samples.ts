import { images, imagesInMemory, type Images } from "@taskhead/core";
import { answerOf, outputSize, pickImages } from "@taskhead/core/internals";
import { decoded } from "../data/decode.js";
import { classesOf } from "../data/pictures.js";
import { ownGroups } from "../data/groups.js";
import { ownSets } from "../data/sets.js";
import { pictureFeeds } from "./picture-feeds.js";
import { targetsOf } from "./project.js";
import { preprocessingOf, readPictures, requireTwoClasses, sizeOf } from "./read-pictures.js";
import type { KindOfSamples, OpenedSamples, ReadSamples } from "./samples.js";
import { thumbnailOf } from "./thumbnail.js";

/** Pictures: decoded and resized once, and kept as bytes. */
export const pictureSamples: KindOfSamples = {
  async read({ backbone, pictures, pictureSets, group }, engine, onEvent): Promise<ReadSamples> {
    const read = await readPictures(pictures, preprocessingOf(backbone), engine, onEvent);
    requireTwoClasses(read);
    const { known, bytes, keys, unreadable } = read;
    const outputs = classesOf(known);
    return {
      bytes,
      task: "classification",
      outputs,
      names: known.map(({ name }) => name),
      keys,
      targets: known.map(({ label }) => outputs.indexOf(label)),
      ...ownSets(pictureSets ?? undefined, known),
      ...ownGroups({ group }, known),
      unreadable,
    };
  },

  async open(project, { samples }, engine): Promise<OpenedSamples<Images>> {
    const preprocessing = preprocessingOf(project.backbone);
    const { height, width } = outputSize(preprocessing);
    const source = imagesInMemory(samples, targetsOf(project), [3, height, width]);
    return {
      modality: images({ preprocessing }),
      targets: source.targets,
      pick: (chosen) => pickImages(source, chosen, source.targets),
      keys: project.keys!,
      said: [],
      async ask(logitsOf, asked) {
        const { data } = await logitsOf(pictureFeeds(engine, await decoded(asked as Blob)));
        return { of: "sample", answer: answerOf({ objective: project.task, outputs: project.outputs }, data) };
      },
      async shown(places) {
        const size = sizeOf(preprocessing);
        const pixels = (i: number): Uint8Array => samples.subarray(i * size, (i + 1) * size);
        return Promise.all(
          places.map(async (i) => ({
            name: project.names[i]!,
            thumbnail: await thumbnailOf(pixels(i), { width, height }),
          })),
        );
      },
    };
  },
};
