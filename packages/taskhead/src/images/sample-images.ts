import { random, shuffle } from "@taskhead/core/internals";
import type { ImageFile, ImageSource } from "./image-source.js";

export interface Sampling {
  /** Images, about. */
  most: number;
  /** Of many classes only so many are taken, to have several images of each. */
  mostClasses: number;
  seed: number;
}

/** Some of a source's images, of every chosen class alike, in the source's order. The same seed gives the same. */
export function sampleImages({ files, task }: ImageSource, { most, mostClasses, seed }: Sampling): ImageFile[] {
  const groups = new Map<unknown, ImageFile[]>();
  for (const file of files) {
    const group = task === "classification" ? file.target : 0;
    const known = groups.get(group);
    if (known) known.push(file);
    else groups.set(group, [file]);
  }
  const rng = random(seed, "sample images");
  const chosen = shuffle([...groups.values()], rng).slice(0, mostClasses);
  const each = Math.ceil(most / chosen.length);
  const taken = new Set(chosen.flatMap((group) => shuffle([...group], rng).slice(0, each)));
  return files.filter((file) => taken.has(file));
}
