import type { Engine } from "@taskhead/core";
import { createResizer, outputSize, sha256, type Preprocessing } from "@taskhead/core/internals";
import { decoded } from "../data/decode.js";
import { classesOf } from "../data/pictures.js";
import type { BackboneChoice } from "./project.js";
import type { Progress } from "./samples.js";

/** A picture before it is read. */
interface Unread {
  readonly name: string;
  readonly file: Blob;
}

/** Pictures as a network takes them. */
export interface ReadPictures<T> {
  /** Those that could be read. */
  readonly known: readonly T[];
  /** RGB of these, [n, 3, height, width]. */
  readonly bytes: Uint8Array;
  /** Of each, equal where the bytes are: a copy is found under any name, format or metadata. */
  readonly keys: readonly string[];
  /** The names of the others. */
  readonly unreadable: readonly string[];
}

/** Decodes and resizes pictures, one after the other. */
export async function readPictures<T extends Unread>(
  pictures: readonly T[],
  preprocessing: Preprocessing,
  engine: Engine,
  onEvent: (event: Progress) => void,
): Promise<ReadPictures<T>> {
  const resize = await createResizer(engine, preprocessing);
  const size = sizeOf(preprocessing);
  const bytes = new Uint8Array(pictures.length * size);
  const [known, keys, unreadable]: [T[], string[], string[]] = [[], [], []];
  for (const [i, picture] of pictures.entries()) {
    try {
      const { rgb, width, height } = await decoded(picture.file);
      const resized = await resize(rgb, width, height);
      bytes.set(resized, known.length * size);
      keys.push(await sha256(resized));
      known.push(picture);
    } catch {
      unreadable.push(picture.name);
    }
    onEvent({ task: "reading pictures", done: i + 1, total: pictures.length });
  }
  return { known, bytes: bytes.subarray(0, known.length * size), keys, unreadable };
}

/** @throws {Error} if fewer than two pictures can be read */
export function requireTwo({ known, unreadable }: Pick<ReadPictures<unknown>, "known" | "unreadable">): void {
  if (known.length >= 2) return;
  const [first] = unreadable;
  throw new Error(
    `${known.length} of ${known.length + unreadable.length} pictures can be read${first === undefined ? "" : `, not ${first}`}; give two at least, as JPEG, PNG or WebP`,
  );
}

/** @throws {Error} if those that can be read are of one class */
export function requireTwoClasses(read: ReadPictures<{ readonly label: string }>): void {
  requireTwo(read);
  const [only, ...others] = classesOf(read.known);
  if (others.length > 0) return;
  const [first] = read.unreadable;
  throw new Error(
    first === undefined
      ? `there is only one class, '${only!}'; give pictures of a second one`
      : `only pictures of class '${only!}' can be read, not ${first}; give some of a second one, as JPEG, PNG or WebP`,
  );
}

/** How a backbone of pictures takes them. @throws {Error} of one that takes something else */
export function preprocessingOf(backbone: BackboneChoice): Preprocessing {
  if (backbone.kind !== "pictures") throw new Error(`${backbone.name} takes ${backbone.kind}, not pictures`);
  return backbone.preprocessing;
}

/** Bytes of a picture as it is kept. */
export function sizeOf(preprocessing: Preprocessing): number {
  const { height, width } = outputSize(preprocessing);
  return 3 * height * width;
}
