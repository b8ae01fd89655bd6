import { groupColumn, groupIn, type GroupedTable } from "../../data/splits/groups.js";
import { readLabelledRows, rowsOfHead } from "../../data/tables/labelled-rows.js";
import { listed } from "../../data/listed.js";
import type { Row } from "../../data/tables/rows.js";
import type { Stored } from "../../data/stored.js";
import type { AskedTargets } from "../../data/tables/target-columns.js";
import { doubtfulNames } from "../../data/classes/doubtful-names.js";
import { taskByColumns, type GuessedTask } from "../../data/tables/usual-task.js";
import { UserError } from "../../files/errors.js";
import { isTextPart, textParts } from "../../data/archive/sample-table.js";
import { byFolder } from "../labels/groups-in-labels.js";
import { tableOf, type ImageArchive } from "./image-archive.js";
import { inTermsOf, termsOf, type ImageSource } from "../image-source.js";
import { chooseLabels, saidOf, type ChosenLabels } from "../labels/label-columns.js";
import type { LabelOptions } from "../labels/labelled-images.js";

/** Archives that are read as one. */
export interface ImageArchives {
  /** The folder that their images' paths are relative to. */
  readonly root: string;
  /** The archive, or the folder or pattern of several, and what people call it. */
  readonly labels: string;
  readonly where: string;
  readonly archives: readonly ImageArchive[];
  /** What numbers of classes in some columns stand for. */
  namesOf(columns: readonly string[]): Promise<NamesBeside>;
}

/** Names of classes that lie beside archives. */
export interface NamesBeside {
  readonly classNames: ReadonlyMap<string, readonly string[]>;
  readonly notes: readonly string[];
  /** What is added to the sentence of what is read; empty where there is nothing. */
  readonly said: string;
}

/**
 * Takes from archives, as WebDataset has them, images and what is to be predicted of each: the member `cls`, a field of `json`, or
 * `txt`. Images are read where they lie in the archive; nothing is written under a name that it has.
 * @throws {UserError} if one cannot be read, or they are of no use for the task
 */
export async function readArchives(
  { root, labels, where, archives: all, namesOf }: ImageArchives,
  { task, columns = [], label, preferred = [], group, like, fewest = 2 }: Omit<LabelOptions, "role" | "classNames">,
): Promise<ImageSource> {
  const asked = { task, ...(label === undefined ? {} : { label }), labels: columns, preferred };
  const chosen = await chooseParts(
    where,
    all,
    { ...asked, ...(group === undefined ? {} : { group }) },
    like?.columns ?? [],
  );
  const recorded =
    group === undefined ? undefined : await groupsIn(all, { where, taken: chosen.columns }, group, like === undefined);
  const names = await namesOf(chosen.columns);
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
  notes.push(...doubtfulNames(task, outputs, where));
  if (task === "classification" && outputs.length < fewest)
    throw new UserError(`${where} has only one class, '${outputs[0]}'; give images of at least two`);
  return source;
}

/** "members 'jpg', 'png'" */
function picturesIn(all: readonly ImageArchive[]): string {
  const endings = new Set(all.flatMap(({ images }) => images.flatMap(({ ending }) => ending ?? [])));
  return `${endings.size === 1 ? "member" : "members"} ${listed([...endings].sort())}`;
}

/** What lies beside the pictures of archives. */
interface Beside {
  readonly where: string;
  /** Members that are columns by themselves. */
  readonly texts: readonly string[];
  readonly hasRecords: boolean;
  /** The first records; empty where they are not needed. */
  readonly head: readonly Row[];
}

function besideIn(where: string, all: readonly ImageArchive[]): Omit<Beside, "head"> {
  const parts = new Set(all.flatMap(({ images }) => images.flatMap((one) => [...one.parts.keys()])));
  return { where, texts: textParts.filter((name) => parts.has(name)), hasRecords: parts.has("json") };
}

/** Which members or fields say what is to be predicted. @param like the columns of the training images */
async function chooseParts(
  where: string,
  all: readonly ImageArchive[],
  asked: AskedTargets,
  like: readonly string[],
): Promise<ChosenLabels> {
  if (all.every(({ images }) => images.length === 0))
    throw new UserError(
      `${where} is empty; give an archive of pictures, each with what is on it in a .cls, .json or .txt of the same name`,
    );
  const beside = besideIn(where, all);
  const head = beside.hasRecords && !needsNoRecords(beside, asked) ? await headOf(all, ["json"]) : [];
  return chosenParts({ ...beside, head }, asked, like);
}

function byName({ label, labels = [] }: AskedTargets): readonly string[] {
  return [...(label === undefined ? [] : [label]), ...labels];
}

function needsNoRecords({ texts }: Pick<Beside, "texts">, asked: AskedTargets): boolean {
  const names = byName(asked);
  return names.length > 0 ? names.every(isTextPart) : asked.task === "classification" && texts.includes("cls");
}

function chosenParts(
  { where, texts, hasRecords, head }: Beside,
  { group, ...asked }: AskedTargets,
  like: readonly string[],
): ChosenLabels {
  const names = byName(asked);
  const all = needsNoRecords({ texts }, asked) ? [] : fieldsOf(head);
  const fields = all.filter((name) => name !== group || names.includes(name));
  const columns = [...texts, ...fields];
  if (columns.length === 0)
    throw new UserError(
      `${where} has no cls, json or txt beside its pictures, which say what is on them; add them, or unpack it where folders are its classes`,
    );
  if (names.length > 0) return chooseLabels({ where, columns, head }, asked);
  if (like.length > 0 && like.every((name) => columns.includes(name))) return { columns: [...like], guessed: false };
  if (fields.length > 0) return chooseLabels({ where, columns: fields, head }, asked);
  const usual =
    asked.task === "classification" ? texts : texts.filter((name) => name !== "txt" || asked.task === "multi-label");
  if (usual.length === 0)
    throw new UserError(`${where} has no number beside its pictures, neither in cls nor in json; add one`);
  return { columns: [usual[0]!], guessed: hasRecords || texts.length > 1 };
}

/** The members and fields that may say what is on the pictures of archives. */
export async function columnsOfArchives(all: readonly ImageArchive[]): Promise<string[]> {
  const { texts, hasRecords } = besideIn("", all);
  return [...texts, ...(hasRecords ? fieldsOf(await headOf(all, ["json"])) : [])];
}

/** What is learnt of archives where nobody says it, as `taskByColumns` has it. */
export async function taskOfArchives(
  { where, archives, namesOf }: Pick<ImageArchives, "where" | "archives" | "namesOf">,
  asked: Omit<AskedTargets, "task"> = {},
): Promise<GuessedTask> {
  const beside = besideIn(where, archives);
  const head = await headOf(archives, [...beside.texts, ...(beside.hasRecords ? ["json"] : [])]);
  const { classNames } = await namesOf([...beside.texts, ...fieldsOf(head)]);
  return taskByColumns(
    { where, head, classNames },
    asked.labels,
    (task) => chosenParts({ ...beside, head }, { ...asked, task }, []).columns,
  );
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
  const fields = fieldsOf(await headOf(all, ["json"]));
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
  return [...new Set(head.flatMap(({ cells }) => [...cells.keys()]))].filter((name) => !isTextPart(name));
}

/** The first rows. */
async function headOf(all: readonly ImageArchive[], columns: readonly string[]): Promise<Row[]> {
  const head: Row[] = [];
  for (const archive of all)
    for await (const row of tableOf(archive, columns).rows(() => undefined))
      if (head.push(row) === rowsOfHead) return head;
  return head;
}
