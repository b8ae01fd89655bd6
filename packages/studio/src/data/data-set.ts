import { dataCardOf, liesAsData, matching, namedSets, setsByName } from "taskhead/inputs";
import { partsOf, pathOf, type PlacedFile } from "./placed-file.js";
import { otherSets } from "./sets.js";

/** Files of a data set as the hub lays it out. */
export interface DataSet {
  /** What people call its folder. */
  readonly where: string;
  /** Of the training samples, sorted. */
  readonly train: readonly PlacedFile[];
  /** Of the other sets that are there, likewise. */
  readonly others: Readonly<Partial<Record<(typeof otherSets)[number], readonly PlacedFile[]>>>;
  /** Of columns of class numbers: what each number stands for. */
  readonly classNames: ReadonlyMap<string, readonly string[]>;
}

/** By their names, and that of the folder that they are in. @param paths relative to it */
function setsIn(root: string, paths: readonly string[]): Partial<Record<string, string[]>> {
  const sets = setsByName(paths.map((path) => root + path));
  return Object.fromEntries(
    Object.entries(sets).map(([set, own]) => [set, own.map((path) => path.slice(root.length))]),
  );
}

/**
 * The sets of a data set, whose files are several where it is large: those that its README.md names, else those whose names
 * say `train` (as `data/train-00000-of-00002.parquet`, `train/0000.parquet`).
 * @param files that can be read
 * @param all that was given
 * @returns undefined where none is called so
 * @throws {UserError} if the README.md cannot be followed
 */
export async function dataSetIn(
  files: readonly PlacedFile[],
  all: readonly PlacedFile[],
): Promise<DataSet | undefined> {
  const [first] = files.map((file) => partsOf(file)[0]!);
  const within = files.every((file) => partsOf(file).length > 1 && partsOf(file)[0] === first) ? [first!] : [];
  const root = within.length > 0 && first !== "data" ? `${first}/` : "";
  const byPath = new Map(files.map((file) => [pathOf(file).slice(root.length), file]));
  const readme = all.find((file) => pathOf(file) === `${root}README.md`);
  const card = readme && (await dataCardOf(await readme.file.text(), pathOf(readme)));
  const named = card?.dataFiles;
  const there = all.flatMap((file) => (pathOf(file).startsWith(root) ? [pathOf(file).slice(root.length)] : []));
  const sets = named
    ? await namedSets({
        card: pathOf(readme!),
        dataFiles: named,
        reads: (path) => byPath.has(path),
        find: async (patterns) => there.filter(matching(patterns)),
      })
    : setsIn(root, [...byPath.keys()].filter(liesAsData).sort());
  if (!sets.train) return undefined;
  const filesOf = (paths: readonly string[]): PlacedFile[] => paths.map((path) => byPath.get(path)!);
  return {
    where: root === "" ? "what was given" : root.slice(0, -1),
    train: filesOf(sets.train),
    others: Object.fromEntries(otherSets.flatMap((set) => (sets[set] ? [[set, filesOf(sets[set])]] : []))),
    classNames: card?.classNames ?? new Map(),
  };
}
