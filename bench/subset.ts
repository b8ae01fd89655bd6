import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { random, shuffle } from "@taskhead/core/internals";

/** Images of each class. */
export interface PerClass {
  readonly train: number;
  readonly validation: number;
}

/**
 * Draws images of every class by the seed, without overlap, into `to/train` and `to/validation`. A subset that stands
 * already is left as it is.
 * @throws {Error} if a class has fewer images
 */
export function drawSubset(from: string, to: string, perClass: PerClass, seed: number): void {
  if (existsSync(to)) return;
  const partial = `${to}.partial`;
  rmSync(partial, { recursive: true, force: true });
  for (const name of readdirSync(from).sort()) {
    const files = shuffle(readdirSync(join(from, name)).sort(), random(seed, `subset ${name}`));
    const wanted = perClass.train + perClass.validation;
    if (files.length < wanted) throw new Error(`${from}/${name} has ${files.length} images, ${wanted} are asked for`);
    copy(files.slice(0, perClass.train), join(from, name), join(partial, "train", name));
    copy(files.slice(perClass.train, wanted), join(from, name), join(partial, "validation", name));
  }
  renameSync(partial, to);
}

function copy(files: readonly string[], from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of files) cpSync(join(from, file), join(to, file));
}
