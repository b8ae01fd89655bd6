import { dirname, resolve } from "node:path";
import { classListIn } from "../data/class-list.js";
import { groupColumn, groupIn, type GroupedTable } from "../data/groups.js";
import { readLabelledRows, rowsOfHead } from "../data/labelled-rows.js";
import { listed } from "../data/listed.js";
import type { Row } from "../data/rows.js";
import type { Stored } from "../data/stored.js";
import type { AskedTargets } from "../data/target-columns.js";
import { alikeNotes } from "../data/terms.js";
import { UserError } from "../files/errors.js";
import { shown } from "../files/shown.js";
import { usualCache } from "../files/usual-cache.js";
import { isTextPart, textParts } from "../data/archive/sample-table.js";
import { byFolder } from "./groups.js";
import { folderOf, openImageArchive, tableOf, type ImageArchive } from "./image-archive.js";
import { inTermsOf, termsOf, type ImageSource } from "./image-source.js";
import { chooseLabels, saidOf, type ChosenLabels } from "./label-columns.js";
import { classNamesBeside } from "./label-sets.js";
import type { LabelOptions } from "./labelled-images.js";

export interface ArchiveOptions extends Omit<LabelOptions, "role" | "classNames"> {
  /** Where archives that are compressed are unpacked. Default: the user's cache folder. */
  cache?: string;
}

/**
 * Finds the images of archives as WebDataset has them, and what is to be predicted of each: the member `cls`, a field of `json`, or
 * `txt`. Images are read where they lie in the archive; nothing is written under a name that it has.
 * @param path as it was asked for
 * @param archives absolute, at least one
 * @throws {UserError} if one cannot be read, or they are of no use for the task
 */
export async function scanArchives(
  path: string,
  archives: readonly string[],
  { task, columns = [], label, preferred = [], group, like, fewest = 2, cache = usualCache() }: ArchiveOptions,
): Promise<ImageSource> {
  const root = folderOf(archives);
  const all: ImageArchive[] = [];
  for (const archive of archives) all.push(await openImageArchive(root, archive, cache));
  const labels = archives.length === 1 ? archives[0]! : resolve(path);
  const where = shown(labels);
  const asked = { task, ...(label === undefined ? {} : { label }), labels: columns, preferred };
  const chosen = await chooseParts(
    where,
    all,
    { ...asked, ...(group === undefined ? {} : { group }) },
    like?.columns ?? [],
  );
  const recorded =
    group === undefined ? undefined : await groupsIn(all, { where, taken: chosen.columns }, group, like === undefined);
  const names = await namesBeside([...new Set([...archives.map((one) => dirname(one)), root])], chosen.columns);
  const images = all.map((archive) => new Map(archive.images.map(({ row, image }) => [row, image as Stored])));
  const { samples, outputs, targets, refused } = await readLabelledRows(
    { where, tables: all.map((archive) => tableOf(archive, chosen.columns)), classNames: names.classNames },
    {
      task,
      samples: [],
      targets: chosen.columns,
      ...(like && like.labels !== null ? { like: termsOf(like) } : {}),
      sampleOf: (_, archive, row) => images[archive]!.get(row)!,
    },
  );
  const notes = [...all.flatMap((archive) => archive.notes), ...names.notes];
  const source: ImageSource = {
    root,
    labels,
    columns: chosen.columns,
    task,
    outputs,
    files: samples.map((image, i) => ({ ...image, target: targets[i]! })),
    refused,
    ...(recorded ? { recorded } : {}),
    notes,
    said: saidOf(where, picturesIn(all), task, chosen) + names.said,
  };
  if (like) return inTermsOf(like, source);
  if (task !== "regression")
    notes.push(...alikeNotes(outputs, task === "classification" ? "classes" : "labels", where));
  if (task === "classification" && outputs.length < fewest)
    throw new UserError(`${where} has only one class, '${outputs[0]}'; give images of at least two`);
  return source;
}

/** "members 'jpg', 'png'" */
function picturesIn(all: readonly ImageArchive[]): string {
  const endings = new Set(all.flatMap(({ images }) => images.flatMap(({ ending }) => ending ?? [])));
  return `${endings.size === 1 ? "member" : "members"} ${listed([...endings].sort())}`;
}

/** Which members or fields say what is to be predicted. @param like the columns of the training images */
async function chooseParts(
  where: string,
  all: readonly ImageArchive[],
  { group, ...asked }: AskedTargets & { group?: string },
  like: readonly string[],
): Promise<ChosenLabels> {
  const parts = new Set(all.flatMap(({ images }) => images.flatMap((one) => [...one.parts.keys()])));
  if (parts.size === 0)
    throw new UserError(
      `${where} is empty; give an archive of pictures, each with what is on it in a .cls, .json or .txt of the same name`,
    );
  const texts: readonly string[] = textParts.filter((name) => parts.has(name));
  const byName = [...(asked.label === undefined ? [] : [asked.label]), ...(asked.labels ?? [])];
  const classes = asked.task === "classification";
  const simple = byName.length > 0 ? byName.every(isTextPart) : classes && parts.has("cls");
  const head = parts.has("json") && !simple ? await headOf(all) : [];
  const fields = fieldsOf(head).filter((name) => name !== group || byName.includes(name));
  const columns = [...texts, ...fields];
  if (columns.length === 0)
    throw new UserError(
      `${where} has no cls, json or txt beside its pictures, which say what is on them; add them, or unpack it where folders are its classes`,
    );
  if (byName.length > 0) return chooseLabels({ where, columns, head }, asked);
  if (like.length > 0 && like.every((name) => columns.includes(name))) return { columns: [...like], guessed: false };
  if (fields.length > 0) return chooseLabels({ where, columns: fields, head }, asked);
  const usual = classes ? texts : texts.filter((name) => name !== "txt" || asked.task === "multi-label");
  if (usual.length === 0)
    throw new UserError(`${where} has no number beside its pictures, neither in cls nor in json; add one`);
  return { columns: [usual[0]!], guessed: parts.has("json") || texts.length > 1 };
}

/**
 * What a field of the records says of each image's group, by its path.
 * @returns undefined where no record has it, and the folders in archives are asked for, or the training images have it
 * @throws {UserError} if the training images' records lack it, or it is something else already
 */
async function groupsIn(
  all: readonly ImageArchive[],
  archives: Pick<GroupedTable, "where" | "taken">,
  asked: string,
  training: boolean,
): Promise<ReadonlyMap<string, string | undefined> | undefined> {
  const fields = fieldsOf(await headOf(all));
  if (asked === byFolder && !fields.includes(asked)) return undefined;
  const column = groupColumn({ ...archives, columns: fields }, asked, training);
  if (column === undefined) return undefined;
  const groups = new Map<string, string | undefined>();
  for (const archive of all) {
    const paths = new Map(archive.images.map(({ row, image }) => [row, "reason" in image ? undefined : image.path]));
    for await (const { row, cells } of tableOf(archive, [column]).rows(() => undefined)) {
      const path = paths.get(row);
      if (path !== undefined) groups.set(path, groupIn(cells, column).group);
    }
  }
  return groups;
}

function fieldsOf(head: readonly Row[]): string[] {
  return [...new Set(head.flatMap(({ cells }) => [...cells.keys()]))];
}

/** The fields of the first records. */
async function headOf(all: readonly ImageArchive[]): Promise<Row[]> {
  const head: Row[] = [];
  for (const archive of all)
    for await (const row of tableOf(archive, ["json"]).rows(() => undefined))
      if (head.push(row) === rowsOfHead) return head;
  return head;
}

/** What numbers of classes stand for: a file of classes beside the archives, else the README.md of a data set. */
async function namesBeside(
  folders: readonly string[],
  columns: readonly string[],
): Promise<{ classNames: ReadonlyMap<string, readonly string[]>; notes: readonly string[]; said: string }> {
  for (const folder of folders) {
    const list = await classListIn(folder);
    if (list)
      return {
        classNames: new Map(columns.map((name) => [name, list.names])),
        notes: [],
        said: `; numbers are classes of ${shown(list.file)}`,
      };
  }
  return { ...(await classNamesBeside(folders)), said: "" };
}
