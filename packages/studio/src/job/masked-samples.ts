import { imagesInMemory, maskedImages, type Images, type Modality } from "@taskhead/core";
import {
  createResizer,
  joinedBytes,
  likeliestClasses,
  outputSize,
  pickImages,
  sha256,
  type Preprocessing,
  type Size,
} from "@taskhead/core/internals";
import {
  capital,
  classesOf,
  MaskError,
  placesFor,
  resizedMask,
  toldPlaces,
  uncropped,
  type Mask,
} from "taskhead/inputs";
import { decoded } from "../data/decode.js";
import { ownGroups } from "../data/groups.js";
import { rawMask, type FoundMasks, type MaskedPicture } from "../data/masks.js";
import { ownSets } from "../data/sets.js";
import { mapPicture } from "./map-picture.js";
import { packed, unpacked } from "./parts.js";
import { pictureFeeds } from "./picture-feeds.js";
import type { BackboneChoice } from "./project.js";
import { requireTwo } from "./read-pictures.js";
import type { Kept, KindOfSamples, OpenedSamples, ReadSamples } from "./samples.js";
import { thumbnailOf } from "./thumbnail.js";

/** What is kept beside pictures and masks. */
interface Beside {
  /** The class of each stored value, and the value that does not count. */
  readonly names: readonly string[];
  readonly places: readonly (readonly [value: number, place: number])[];
  readonly colours: boolean;
  readonly ignore: number | null;
  /** Of the maps that are learnt. */
  readonly size: Size;
  /** Of each sample what its mask is called, and how large it is. */
  readonly masks: readonly { readonly name: string; readonly width: number; readonly height: number }[];
}

/** Pictures that are scored by their files. */
interface MaskedSource extends Images {
  /** Which of all samples each is. */
  readonly places: readonly number[];
}

/** Bytes that all maps may take as they are learnt. */
const mostBytes = 1e9;

/** A picture that is asked about has at most so many pixels: each takes a number for every class. */
const mostAsked = 2 ** 20;

/** Pictures with a class for every pixel: resized once, and their files kept beside, by which the exported model is scored. */
export const maskedSamples: KindOfSamples = {
  async read({ backbone, masks, group }, engine, onEvent): Promise<ReadSamples> {
    if (!masks) throw new Error("there are no pictures with masks");
    const { pictures, classes, ignore } = masks;
    const preprocessing = preprocessingOf(backbone);
    const { height, width } = outputSize(preprocessing);
    const trained = pictures.filter(({ set = "train" }) => set === "train");
    const size = placesFor(trained, { height, width });
    requireRoom(pictures.length, size);
    const resize = await createResizer(engine, preprocessing);
    const [pixels, maps, files] = [[] as Uint8Array[], [] as Uint8Array[], [] as Uint8Array[]];
    const keys: string[] = [];
    const [read, unreadable] = [[] as MaskedPicture[], [] as string[]];
    for (const [i, one] of pictures.entries()) {
      const picture = await decoded(one.picture).catch(() => undefined);
      if (picture) {
        const mask = await maskOf(one, picture, masks);
        const resized = await resize(picture.rgb, picture.width, picture.height);
        pixels.push(resized);
        keys.push(await sha256(resized));
        maps.push(new Uint8Array(Int16Array.from(resizedMask(mask, size)).buffer));
        for (const file of [one.picture, one.mask]) files.push(new Uint8Array(await file.arrayBuffer()));
        read.push(one);
      } else unreadable.push(one.name);
      onEvent({ task: "reading pictures and masks", done: i + 1, total: pictures.length });
    }
    requireTwo({ known: read, unreadable });
    const beside: Beside = {
      names: classes.names,
      places: [...classes.places],
      colours: classes.colours,
      ignore,
      size,
      masks: read.map(({ maskName: name, width: w, height: h }) => ({ name, width: w, height: h })),
    };
    const head = new TextEncoder().encode(JSON.stringify(beside));
    return {
      bytes: packed([head, joinedBytes(pixels), joinedBytes(maps), ...files]),
      task: "segmentation",
      outputs: classes.names,
      names: read.map(({ name }) => name),
      targets: [],
      keys,
      ...ownSets(masks.sets, read),
      ...ownGroups({ group }, read),
      unreadable,
    };
  },

  async open(project, { samples }: Kept, engine): Promise<OpenedSamples<MaskedSource>> {
    const [head, pixels, maps, ...files] = unpacked(samples) as [Uint8Array, Uint8Array, Uint8Array, ...Uint8Array[]];
    const beside = JSON.parse(new TextDecoder().decode(head)) as Beside;
    const preprocessing = preprocessingOf(project.backbone);
    const { height, width } = outputSize(preprocessing);
    // Bytes may begin anywhere, and two of them are a number.
    const data = Int32Array.from(new Int16Array(maps.slice().buffer));
    const targets = { data, shape: [beside.size.height, beside.size.width] };
    const all = imagesInMemory(pixels, targets, [3, height, width]);
    return {
      modality: servedByFiles(maskedImages({ preprocessing, places: beside.size }), beside, files),
      targets,
      pick: (chosen) => ({
        ...pickImages(all, chosen, targets),
        places: chosen,
      }),
      keys: project.keys!,
      said: [`${capital(toldPlaces(beside.size, beside.masks))}.`],
      async ask(logitsOf, asked) {
        const picture = await decoded(asked as Blob, mostAsked);
        const { data } = await logitsOf(pictureFeeds(engine, picture));
        const size = { width: picture.width, height: picture.height };
        return {
          of: "pixels",
          ...size,
          outputs: project.outputs,
          classes: likeliestClasses(data, size.width * size.height),
        };
      },
      async shown(places, answers) {
        const { size } = beside;
        const [count, area] = [size.width * size.height, 3 * width * height];
        const answered = (n: number, which: 0 | 1): Promise<string> =>
          mapPicture(answers!.subarray((2 * n + which) * count, (2 * n + which + 1) * count), size);
        return Promise.all(
          places.map(async (i, n) => ({
            name: project.names[i]!,
            thumbnail: await thumbnailOf(pixels.subarray(i * area, (i + 1) * area), { width, height }),
            maps: {
              truth: await mapPicture(targets.data.subarray(i * count, (i + 1) * count), size),
              ...(answers && (2 * n + 2) * count <= answers.length
                ? { before: await answered(n, 0), after: await answered(n, 1) }
                : {}),
            },
          })),
        );
      },
    };
  },
};

/** The exported file is fed pictures as any server would, one by one, and judged by their own masks. */
function servedByFiles(
  plain: Modality<Images>,
  { masks, size, ignore, places, ...classes }: Beside,
  files: readonly Uint8Array[],
): Modality<MaskedSource> {
  return {
    ...plain,
    async *servedBatches(source, engine) {
      const own = source.places.map((i) => masks[i]!);
      const ownSizes = own.some(({ width, height }) => width !== size.width || height !== size.height);
      for (const i of source.places) {
        const feeds = pictureFeeds(engine, await decoded(blobOf(files[2 * i]!)));
        if (!ownSizes) yield { count: 1, feeds };
        else {
          const { name } = masks[i]!;
          const raw = await rawMask(blobOf(files[2 * i + 1]!), name);
          const mask = classesOf(raw, name, { ...classes, places: new Map(places) }, ignore ?? undefined);
          yield { count: 1, feeds, targets: { data: mask.classes, shape: [mask.height, mask.width] } };
        }
      }
    },
  };
}

function blobOf(bytes: Uint8Array): Blob {
  return new Blob([bytes as Uint8Array<ArrayBuffer>]);
}

/** A picture's mask. @throws {MaskError} if it is of another size */
async function maskOf(
  { name, mask: file, maskName }: MaskedPicture,
  picture: Size,
  { classes, ignore }: FoundMasks,
): Promise<Mask> {
  const mask = classesOf(await rawMask(file, maskName), maskName, classes, ignore ?? undefined);
  if (mask.width !== picture.width || mask.height !== picture.height)
    throw new MaskError(
      maskName,
      `it is ${mask.width}×${mask.height}, its image ${name} ${picture.width}×${picture.height}; a mask needs a value for each pixel`,
    );
  return mask;
}

function requireRoom(count: number, { height, width }: Size): void {
  const bytes = 4 * count * height * width;
  if (bytes > mostBytes)
    throw new Error(
      `the masks of ${count} pictures take ${Math.ceil(bytes / 1e6)} MB at ${width}×${height}, more than ${mostBytes / 1e6}; give fewer, or smaller ones`,
    );
}

function preprocessingOf(backbone: BackboneChoice): Preprocessing {
  if (backbone.kind !== "pictures") throw new Error(`${backbone.name} takes ${backbone.kind}, not pictures`);
  return uncropped(backbone.preprocessing);
}
