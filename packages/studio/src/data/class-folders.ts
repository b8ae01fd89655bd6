import { roleOf, setOfRole, targetsInTermsOf, UserError, type SetOfFiles, type Terms } from "taskhead/inputs";
import type { Roots } from "./grouping.js";
import { notUsed, otherSets, type OfSet, type SetPlaces } from "./sets.js";

/** A sample in a class folder. */
export interface InClass extends OfSet {
  /** Its whole path: `photos/train/cat/patient-1/3.png`. */
  readonly name: string;
  /** The folder's name, in composed Unicode form: `cat`. */
  readonly label: string;
  /** Below the folder that the classes of its set are in: `cat/patient-1/3.png`. */
  readonly path: string;
}

/** Samples of class folders, in their sets. */
export interface ClassFolders<T> {
  readonly samples: readonly (T & InClass)[];
  /** Absent where folders are no sets. */
  readonly sets?: SetPlaces;
  /** Of each set, or of all samples as `train`. */
  readonly roots: Roots;
  /** Which sets are not used, and why; a line each. */
  readonly notes: readonly string[];
}

/**
 * Samples by class, as the command line has them: classes are the folders right below that which all samples are in, and folders in
 * them belong to them. Where these are called as sets (`train`, `val`, `test`) and have folders in them, those are the classes of each
 * set; a set with classes that nothing is trained on is left out. A sample that is in no class folder is passed over.
 * @throws {UserError} if they are sets, and none is to train on
 */
export function inClassFolders<T extends { readonly name: string }>(samples: readonly T[]): ClassFolders<T> {
  const root = sharedFolder(samples.map(({ name }) => name));
  const inside = samples.map(({ name }) => name.slice(root.length).split("/"));
  const roles = inside.map((parts) => (parts.length > 2 ? roleOf(parts[0]!) : undefined));
  if (samples.length === 0 || roles.includes(undefined)) {
    const [from, own] = classesIn(root, samples);
    return { samples: own, roots: { train: from }, notes: [] };
  }
  const of = (set: SetOfFiles): readonly T[] => samples.filter((_, i) => setOfRole[roles[i]!] === set);
  const setAt = (set: SetOfFiles, own: readonly T[]) => {
    const from = `${root}${own[0]!.name.slice(root.length).split("/")[0]!}/`;
    return { from, where: from.slice(0, -1), samples: own.map((one) => ({ ...placed(one, from), set })) };
  };
  const trained = of("train");
  if (trained.length === 0)
    throw new UserError(
      `${root.slice(0, -1) || "what was given"} holds ${[...new Set(inside.map(([set]) => `${set!}/`))].join(" and ")}, which are sets, and none is called train; give one that is with them`,
    );
  const train = setAt("train", trained);
  const terms = termsOf(train);
  const used: (T & InClass)[] = [...train.samples];
  const sets: { -readonly [Name in keyof SetPlaces]: string } = { train: train.where };
  const roots: Partial<Record<SetOfFiles, string>> = { train: train.from };
  const notes: string[] = [];
  for (const set of otherSets) {
    const own = of(set);
    if (own.length === 0) continue;
    const found = setAt(set, own);
    try {
      targetsInTermsOf(terms, termsOf(found), []);
      used.push(...found.samples);
      sets[set] = found.where;
      roots[set] = found.from;
    } catch (error) {
      notes.push(notUsed(found.where, set, error));
    }
  }
  if (used.length > train.samples.length) return { samples: used, sets, roots, notes };
  const alone = train.samples.map((one): T & InClass => {
    const { set: _, ...rest } = one;
    return rest as T & InClass;
  });
  return { samples: alone, roots, notes };
}

/** Those in folders below one, and what their paths begin with: of a single class folder that is the one above it. */
function classesIn<T extends { readonly name: string }>(
  root: string,
  samples: readonly T[],
): [root: string, samples: readonly (T & InClass)[]] {
  const below = samples.filter(({ name }) => name.slice(root.length).includes("/"));
  if (below.length > 0) return [root, below.map((one) => placed(one, root))];
  const above = root.replace(/[^/]+\/$/, "");
  return root === "" ? [root, []] : [above, samples.map((one) => placed(one, above))];
}

function placed<T extends { readonly name: string }>(one: T, root: string): T & InClass {
  const path = one.name.slice(root.length);
  return { ...one, path, label: path.split("/")[0]!.normalize("NFC") };
}

/** The folder that all of some files are in, with a `/` behind it; nothing where there is none. */
function sharedFolder(paths: readonly string[]): string {
  let parts = (paths[0] ?? "").split("/").slice(0, -1);
  for (const path of paths) {
    const own = path.split("/").slice(0, -1);
    const other = parts.findIndex((part, i) => part !== own[i]);
    if (other >= 0) parts = parts.slice(0, other);
  }
  return parts.map((part) => `${part}/`).join("");
}

function termsOf({ where, samples }: { readonly where: string; readonly samples: readonly InClass[] }): Terms {
  const outputs = [...new Set(samples.map(({ label }) => label))].sort();
  return { task: "classification", where, columns: [], folders: true, outputs };
}
