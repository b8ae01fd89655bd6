import { stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { readDataCard } from "../data/read-data-card.js";
import { entries } from "../data/folders.js";
import type { SetOfFiles } from "../data/kind.js";
import { filesOfData } from "../data/files-of-data.js";
import { UserError } from "../files/errors.js";
import { shown } from "../files/shown.js";
import { readLabelFile } from "./label-file.js";
import { isLabelFile, labelSetsAmong, type LabelPlace, type LabelSets } from "./label-sets.js";

/**
 * As `labelSetsAmong`, of a folder on a disk; places are absolute.
 * @param root absolute
 * @throws {UserError} if a set has several
 */
export async function labelSetsIn(root: string): Promise<LabelSets> {
  const files = await filesOfData(root, isLabelFile);
  const sets = await labelSetsAmong({
    called: (folder = "") => shown(join(root, folder)),
    files: files.map((file) => relative(root, file).replaceAll("\\", "/")),
    folders: async (inside) =>
      (await entries(join(root, inside))).flatMap(({ folder, name }) => (folder ? [name] : [])),
    read: (labels) => readLabelFile(join(root, labels)),
  });
  const absolute = ({ root: inside, labels, ...place }: LabelPlace): LabelPlace => ({
    ...place,
    root: inside === "" ? root : join(root, inside),
    labels: join(root, labels),
  });
  return Object.fromEntries(
    (Object.entries(sets) as [SetOfFiles, LabelPlace][]).map(([set, place]) => [set, absolute(place)]),
  );
}

/**
 * What the numbers of classes stand for, as the README.md of a Hugging Face data set says it: in the folder that was given, or
 * in that of the file. One that cannot be followed is told, and its names are not used.
 */
export async function classNamesBeside(
  folders: readonly string[],
): Promise<{ classNames: ReadonlyMap<string, readonly string[]>; notes: string[] }> {
  for (const folder of new Set(folders)) {
    if (!(await stat(join(folder, "README.md")).catch(() => undefined))?.isFile()) continue;
    try {
      const card = await readDataCard(folder);
      if (card && card.classNames.size > 0) return { classNames: card.classNames, notes: [] };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { classNames: new Map(), notes: [`names of classes are not taken from the data card: ${error.message}`] };
    }
  }
  return { classNames: new Map(), notes: [] };
}
