import type { SetOfFiles } from "taskhead/inputs";
import { groupColumns, groupsOfSet } from "./groups-beside.js";
import type { PlacedFile } from "./placed-file.js";

/** What may say which pictures of class folders, or with masks, stay on one side of a split. */
export interface Grouping {
  /** The columns that may be asked for. */
  readonly columns: readonly string[];
  readonly asked?: string;
  /** Why there are no groups, though they are asked for. */
  readonly fault?: string;
  /** What is to be known of them, a line each. */
  readonly notes: readonly string[];
  /** All that was given. */
  readonly files: readonly PlacedFile[];
}

/** A picture as far as its group is concerned. */
interface Grouped {
  readonly name: string;
  readonly set?: SetOfFiles;
  /** Below the folder that its class, or its images, are in; absent of one that was recorded. */
  readonly path?: string;
  readonly group?: string;
}

/** Of each set what its paths begin with that its class folders, or its images, are in. */
export type Roots = Readonly<Partial<Record<SetOfFiles, string>>>;

/** Without groups, which nobody has asked for yet. */
export async function groupingOf(
  files: readonly PlacedFile[],
  pictures: readonly Grouped[],
  roots: Roots,
): Promise<Grouping> {
  const paths = pictures.filter(({ set = "train" }) => set === "train").map(pathOf);
  return { files, columns: await groupColumns(files, { root: roots.train!, paths }), notes: [] };
}

/** The pictures with the groups that are asked for; with none where nothing is, or they cannot be told. */
export async function inGroups<T extends Grouped>(
  { files, columns }: Grouping,
  pictures: readonly T[],
  roots: Roots,
  asked: string | undefined,
): Promise<{ readonly pictures: readonly T[]; readonly grouping: Grouping }> {
  const plain = pictures.map((one): T => {
    const { group: _, ...rest } = one;
    return rest as T;
  });
  if (asked === undefined) return { pictures: plain, grouping: { files, columns, notes: [] } };
  const notes: string[] = [];
  const groups = new Map<T, string>();
  try {
    for (const set of Object.keys(roots) as SetOfFiles[]) {
      const own = plain.filter((one) => (one.set ?? "train") === set);
      const training = set === "train";
      const found = await groupsOfSet(files, { root: roots[set]!, paths: own.map(pathOf) }, { asked, training });
      notes.push(...found.notes);
      own.forEach((one, i) => {
        const group = found.of?.[i];
        if (group !== undefined) groups.set(one, group);
      });
    }
  } catch (error) {
    return { pictures: plain, grouping: { files, columns, asked, notes: [], fault: (error as Error).message } };
  }
  const grouped = plain.map((one) => (groups.has(one) ? { ...one, group: groups.get(one)! } : one));
  return { pictures: grouped, grouping: { files, columns, asked, notes } };
}

function pathOf({ path, name }: Grouped): string {
  return path ?? name;
}
