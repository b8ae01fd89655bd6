import { archivesIn } from "./archives.js";
import { holdsTexts, nothingIn } from "./nothing-in.js";
import { groupingOf, inGroups, type Grouping } from "./grouping.js";
import { holdsRun, openRun, type OpenedRun } from "./run-folder.js";
import { masksIn, type FoundMasks } from "./masks.js";
import { pictureNames, picturesByFolder, type FoundPictures, type Picture } from "./pictures.js";
import { isHidden, type PlacedFile } from "./placed-file.js";
import { otherSets, type OfSet, type SetName, type SetPlaces } from "./sets.js";
import { labelledIn, labelsBeside } from "./labelled-pictures.js";
import { picturesOfSheet } from "./pictures-of-sheet.js";
import { sheetIn, tablesOf, type RowKind, type Sheet } from "./sheet.js";
import {
  graphsOfSheet,
  moleculesOfSheet,
  rowsOf,
  taskOf,
  textsByFolder,
  textsOfSheet,
  type AskedOfSheet,
  type FoundTexts,
} from "./texts.js";
import type { TextTask } from "taskhead/inputs";

/** Samples that somebody gave. */
export type GivenSamples =
  | ({
      readonly kind: "pictures";
      readonly pictures: readonly Picture[];
      /** Absent of recorded ones alone. */
      readonly grouping?: Grouping;
      /** The file of labels beside their folders, which says what is to be predicted where that is asked for. */
      readonly labels?: Sheet;
    } & Partial<Omit<FoundPictures, "pictures">>)
  | { readonly kind: "masks"; readonly found: FoundMasks; readonly grouping: Grouping }
  | {
      readonly kind: RowKind;
      /** Null where it is not yet known which columns they are in. */
      readonly found: FoundTexts | null;
      /** What they are from, unless folders are their classes. */
      readonly sheet?: OpenSheet;
      /** Why there are none. */
      readonly fault?: string;
      /** The same pictures by the folders that they are in, where these could be their classes. */
      readonly folders?: GivenSamples & { readonly kind: "pictures" };
    };

/** A sheet, and what is read of it. */
export interface OpenSheet {
  readonly content: Sheet;
  readonly asked: AskedOfSheet;
  readonly task: TextTask;
}

/** A set of what was given. */
export interface GivenSet {
  readonly set: SetName;
  /** As people call it. */
  readonly where: string;
  readonly count: number;
}

/** The sets that samples were given in; undefined where they were not. */
export function setsIn(given: GivenSamples): readonly GivenSet[] | undefined {
  const [samples, sets] = samplesIn(given);
  if (!sets) return undefined;
  const of = samples.map(({ set = "train" }) => set);
  return (["train", ...otherSets] as const).flatMap((set) =>
    sets[set] === undefined ? [] : [{ set, where: sets[set], count: of.filter((one) => one === set).length }],
  );
}

function samplesIn(given: GivenSamples): [samples: readonly OfSet[], sets: SetPlaces | undefined] {
  if (faultOf(given) !== undefined) return [[], undefined];
  if (given.kind === "pictures") return [given.pictures, given.sets];
  if (given.kind === "masks") return [given.found.pictures, given.found.sets];
  return [given.found?.texts ?? [], given.found?.sets];
}

/** Whether they are rows or lines, or texts that are files. */
export function areRows(given: GivenSamples): given is GivenSamples & { readonly kind: RowKind } {
  return given.kind !== "pictures" && given.kind !== "masks";
}

/** Why there are no samples, though some were given. */
export function faultOf(given: GivenSamples): string | undefined {
  return areRows(given) ? given.fault : given.grouping?.fault;
}

/** Samples that there are. */
export function countOf(given: GivenSamples): number {
  return samplesIn(given)[0].length;
}

/** No samples yet. */
export const nothingGiven: GivenSamples & { readonly kind: "pictures" } = { kind: "pictures", pictures: [] };

/**
 * What a drop or a choice of files came to: a run's folder to be shown, pictures with masks, with a file of labels, in archives or
 * by class, or texts.
 * @throws {Error} in words for people, if it is none of these
 */
export async function whatIsIn(files: readonly PlacedFile[]): Promise<GivenSamples | OpenedRun> {
  const own = files.filter((file) => !isHidden(file));
  if (own.length === 0) throw nothingIn(own);
  if (holdsRun(files)) return openRun(files);
  const found = await masksIn(files);
  if (found) return { kind: "masks", found, grouping: await groupingOf(own, found.pictures, found.roots) };
  const labelled = await labelledIn(files);
  if (labelled) return inColumns(labelled);
  const archives = await archivesIn(files);
  if (archives) return inColumns(archives);
  if (own.some((file) => pictureNames.test(file.path))) return ofFolders(own);
  const sheet = await sheetIn(files);
  if (sheet) return inColumns(sheet);
  if (!holdsTexts(own)) throw nothingIn(own);
  return { kind: "texts", found: await textsByFolder(files) };
}

async function ofFolders(files: readonly PlacedFile[]): Promise<GivenSamples> {
  const labels = await labelsBeside(files);
  const found = picturesByFolder(files, labels ? pathsOf(labels) : []);
  const grouping = await groupingOf(files, found.pictures, found.roots);
  return { kind: "pictures", ...found, grouping, ...(labels ? { labels } : {}) };
}

/** Of the tables of a sheet's sets. */
function pathsOf({ others, ...train }: Sheet): string[] {
  return [train, ...Object.values(others)].flatMap((files) => tablesOf(files).map(({ path }) => path));
}

/** Pictures of class folders, with what the file of labels beside these says in place of their classes; the same where there is none. */
export async function byLabels(given: GivenSamples): Promise<GivenSamples> {
  if (given.kind !== "pictures" || !given.labels) return given;
  return { ...(await inColumns(given.labels)), folders: given };
}

/** The same pictures, with those kept together that are of one group. @param asked the column that says it; undefined of none */
export async function regrouped(given: GivenSamples, asked: string | undefined): Promise<GivenSamples> {
  if (areRows(given) || !given.grouping) return given;
  if (given.kind === "pictures")
    return { ...given, ...(await inGroups(given.grouping, given.pictures, given.roots!, asked)) };
  const { pictures, grouping } = await inGroups(given.grouping, given.found.pictures, given.found.roots, asked);
  return { ...given, found: { ...given.found, pictures }, grouping };
}

/** The texts, molecules, graphs or pictures of a sheet, of which what is not asked for is guessed. */
export async function inColumns(
  content: Sheet,
  asked: AskedOfSheet = {},
): Promise<GivenSamples & { readonly kind: RowKind }> {
  const sheet = { content, asked, task: await taskOf(content, asked) };
  const kind = rowsOf(content, asked);
  const read = { texts: textsOfSheet, molecules: moleculesOfSheet, graphs: graphsOfSheet, labelled: picturesOfSheet }[
    kind
  ];
  try {
    const found = await read(content, sheet.task, asked);
    return { kind, sheet, found };
  } catch (error) {
    return { kind, sheet, found: null, fault: (error as Error).message };
  }
}

/** The same of other columns of what was given. */
export async function recolumned(
  { sheet, folders }: GivenSamples & { readonly kind: RowKind },
  asked: AskedOfSheet,
): Promise<GivenSamples> {
  return { ...(await inColumns(sheet!.content, asked)), ...(folders ? { folders } : {}) };
}
