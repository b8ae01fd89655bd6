import { join, relative } from "node:path";
import { readDataCard } from "../../data/sets/read-data-card.js";
import { entries } from "../../data/sets/folders.js";
import type { SetOfFiles } from "../../data/kind.js";
import { filesOfData } from "../../data/sets/files-of-data.js";
import { shown } from "../../files/shown.js";
import { classNamesOfCards, type NamesOfCards } from "./class-names-of-cards.js";
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
 * in that of the file.
 */
export function classNamesBeside(folders: readonly string[]): Promise<NamesOfCards> {
  return classNamesOfCards([...new Set(folders)].map((folder) => () => readDataCard(folder)));
}
