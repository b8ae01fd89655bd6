import { opendirSync } from "node:fs";
import { extname, join } from "node:path";
import { UserError } from "./errors.js";
import { shownPlace } from "./hub-address.js";
import { imageName } from "./image-names.js";
import { maskFoldersIn } from "./mask-folders.js";
import { takenBy, type Takes } from "./model-takes.js";
import { isArchive } from "./archive-ending.js";
import { holdsGraphs, holdsTagged, type JobFiles } from "./samples-kind.js";
import { isTable } from "./table-endings.js";

/**
 * Refuses training samples that are plainly of another kind than the model takes. What names do not say is said where samples
 * are read.
 * @throws {UserError} one line that names both, and what to do
 */
export function requireAgreement({ train, backbone }: Pick<JobFiles, "train" | "backbone">): void {
  const takes = takenBy(backbone);
  const held = takes && heldIn(train, takes.what);
  if (held)
    throw new UserError(
      `${shownPlace(train)} ${held.says}, and the model ${shownPlace(backbone)} takes ${takes.what} (${takes.inputs}); give a model of ${held.of}, or ${wanted[takes.what]}`,
    );
}

const wanted: Readonly<Record<Takes["what"], string>> = {
  pictures: "a folder of images",
  texts: "a table of texts",
  graphs: "a table of molecules",
};

/** What samples are that are not of this kind, by their names. */
function heldIn(path: string, what: Takes["what"]): { says: string; of: "images" | "texts" | "graphs" } | undefined {
  const pictures = { says: "holds images", of: "images" } as const;
  const texts = { says: "holds texts (.txt)", of: "texts" } as const;
  if (maskFoldersIn(path)) return what === "pictures" ? undefined : { says: "holds images with masks", of: "images" };
  if (holdsTagged(path))
    return what === "texts" ? undefined : { says: "holds words with tags, by its name", of: "texts" };
  if (what !== "graphs" && holdsGraphs(path)) return { says: "holds graphs", of: "graphs" };
  const has = (such: (name: string) => boolean): boolean => holds(path, such);
  const isImage = (name: string): boolean => imageName.test(name);
  const isText = (name: string): boolean => /\.txt$/i.test(name);
  const isRead = (name: string): boolean => isText(name) || isTable(name) || isArchive(name);
  // What else is in a folder of images that cannot be read is said there.
  if (what === "pictures")
    return has((name) => !isText(name) && extname(name) !== "") || !has(isText) ? undefined : texts;
  if (what === "texts") return has(isRead) || !has(isImage) ? undefined : pictures;
  return has(isImage) ? pictures : has(isText) ? texts : undefined;
}

/** Folders are looked into so deep, and so many names: what is there is there early. */
const deepest = 3;
const mostNames = 20_000;

/** Whether a folder, or one in it, has a file of such a name. */
function holds(folder: string, such: (name: string) => boolean): boolean {
  let left = mostNames;
  const within = (path: string, depth: number): boolean => {
    const folders: string[] = [];
    try {
      const open = opendirSync(path);
      try {
        for (let entry = open.readSync(); entry && left-- > 0; entry = open.readSync()) {
          if (entry.name.startsWith(".")) continue;
          if (entry.isDirectory()) folders.push(entry.name);
          else if (such(entry.name)) return true;
        }
      } finally {
        open.closeSync();
      }
    } catch {
      // No folder; what is wrong with it is said where it is read.
    }
    return depth < deepest && folders.some((name) => within(join(path, name), depth + 1));
  };
  return within(folder, 1);
}
