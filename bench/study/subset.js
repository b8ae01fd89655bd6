import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { random } from "@taskhead/core";

/**
 * Draws images of every class by the seed, without overlap, into `to/train` and `to/validation`. A subset that stands
 * already is left as it is.
 * @param perClass images per class, { train, validation }
 */
export function drawSubset(from, to, perClass, seed) {
  if (existsSync(to)) return;
  const partial = `${to}.partial`;
  rmSync(partial, { recursive: true, force: true });
  for (const name of readdirSync(from).sort()) {
    const files = shuffled(readdirSync(join(from, name)).sort(), random(seed, `subset ${name}`));
    const wanted = perClass.train + perClass.validation;
    if (files.length < wanted) throw new Error(`${from}/${name} has ${files.length} images, ${wanted} are asked for`);
    copy(files.slice(0, perClass.train), join(from, name), join(partial, "train", name));
    copy(files.slice(perClass.train, wanted), join(from, name), join(partial, "validation", name));
  }
  renameSync(partial, to);
}

function copy(files, from, to) {
  mkdirSync(to, { recursive: true });
  for (const file of files) cpSync(join(from, file), join(to, file));
}

/** Fisher and Yates. */
function shuffled(items, rng) {
  for (let i = items.length - 1; i > 0; i--) {
    const j = rng.integer(0, i);
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}
