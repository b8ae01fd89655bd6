import { images, imagesInMemory, type Images } from "@taskhead/core";
import { answerOf, createResizer, outputSize, pickImages, type Preprocessing } from "@taskhead/core/internals";
import { decoded } from "../data/decode.js";
import { classesOf, type Picture } from "../data/pictures.js";
import { ownSets } from "../data/sets.js";
import { pictureFeeds } from "./picture-feeds.js";
import { targetsOf, type BackboneChoice } from "./project.js";
import type { KindOfSamples, OpenedSamples, ReadSamples } from "./samples.js";
import { thumbnailOf } from "./thumbnail.js";

/** Pictures: decoded and resized once, and kept as bytes. */
export const pictureSamples: KindOfSamples = {
  async read({ backbone, pictures, pictureSets }, engine, onEvent): Promise<ReadSamples> {
    const preprocessing = preprocessingOf(backbone);
    const resize = await createResizer(engine, preprocessing);
    const size = sizeOf(preprocessing);
    const bytes = new Uint8Array(pictures.length * size);
    const [known, unreadable]: [Picture[], string[]] = [[], []];
    for (const [i, picture] of pictures.entries()) {
      try {
        const { rgb, width, height } = await decoded(picture.file);
        bytes.set(await resize(rgb, width, height), known.length * size);
        known.push(picture);
      } catch {
        unreadable.push(picture.name);
      }
      onEvent({ task: "reading pictures", done: i + 1, total: pictures.length });
    }
    const outputs = classesOf(known);
    return {
      bytes: bytes.subarray(0, known.length * size),
      task: "classification",
      outputs,
      names: known.map(({ name }) => name),
      targets: known.map(({ label }) => outputs.indexOf(label)),
      ...ownSets(pictureSets ?? undefined, known),
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
      keys: project.names.map((_, i) => `${i}`),
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

function preprocessingOf(backbone: BackboneChoice): Preprocessing {
  if (backbone.kind !== "pictures") throw new Error(`${backbone.name} takes ${backbone.kind}, not pictures`);
  return backbone.preprocessing;
}

function sizeOf(preprocessing: Preprocessing): number {
  const { height, width } = outputSize(preprocessing);
  return 3 * height * width;
}
