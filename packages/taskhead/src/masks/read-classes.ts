import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { readJson } from "../files/json-object.js";
import { shown } from "../files/shown.js";
import { classesIn, classesName, type MaskClasses } from "./classes.js";

/** The file of classes of a folder of images and masks: in it, or in the folder above. */
export function classesFileOf(root: string): string | undefined {
  return [join(root, classesName), join(dirname(root), classesName)].find((file) => existsSync(file));
}

/** @throws {UserError} if it cannot be read, or says something else than classes */
export async function readClasses(file: string): Promise<MaskClasses> {
  return classesIn(await readJson(file, "mend the names of classes in it"), shown(file));
}
