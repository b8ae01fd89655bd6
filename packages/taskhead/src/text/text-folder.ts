import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { concurrently } from "../data/concurrently.js";
import { compare } from "../data/compare.js";
import { allEntries } from "../data/sets/folders.js";
import { countKinds, kindsBut, type LeftOut } from "../data/left-out.js";
import { listed, named } from "../data/listed.js";
import { onDisk } from "../data/on-disk.js";
import { wholeText } from "../data/read-text.js";
import { namesOfSets } from "../data/sets/roles.js";
import type { RefusedRow } from "../data/tables/rows.js";
import { doubtfulNames } from "../data/classes/doubtful-names.js";
import { UserError } from "../files/errors.js";
import { shown } from "../files/shown.js";
import { longestText, tooLong } from "./text-of-row.js";
import type { TextSource } from "./text-source.js";

const textName = /\.txt$/i;
const kindsOf = kindsBut(textName);

/** A folder right below, and the paths of its texts, relative to the root. */
export interface ClassFolder {
  name: string;
  paths: string[];
  /** What each of its files is that is no text. */
  kinds: string[];
}

/** Folders with .txt files in them, right below a folder. @param root absolute */
export async function classFoldersIn(root: string): Promise<ClassFolder[]> {
  const above = [await realpath(root)];
  const found: ClassFolder[] = [];
  for (const { name, folder, hidden } of await allEntries(root))
    if (folder && !hidden) found.push({ name, ...(await below(root, name, above)) });
  return found.filter(({ paths }) => paths.length > 0).sort((a, b) => compare(a.name, b.name));
}

/**
 * Reads texts sorted into one folder per class, `dir/class/….txt`, as images are sorted: folders inside a class belong to it,
 * hidden files and folders are passed over, other files are counted. Each file is one text, in UTF-8.
 * @param path as it was asked for
 * @param root absolute
 * @throws {UserError} if it has too few classes, or a class of which no file can be read
 */
export async function readTextFolder(
  path: string,
  root: string,
  folders: readonly ClassFolder[],
  fewest = 2,
): Promise<TextSource> {
  const where = shown(root);
  if (namesOfSets(folders))
    throw new UserError(
      `${where} holds ${listed(folders.map(({ name }) => name))}, which are sets and no classes; give them one by one, as ${where}/${folders[0]!.name}`,
    );
  const outputs = [...new Set(folders.map(({ name }) => name.normalize("NFC")))].sort(compare);
  if (outputs.length < fewest)
    throw new UserError(
      `${where} has only one folder of .txt files, ${named(outputs[0]!)}; put the texts of each class into a folder of its own, at least two`,
    );
  const { files, classes, leftOut } = filesOfClasses(root, folders, outputs);
  const { texts, refused } = await readFiles(files);
  const samples = texts.flatMap((text, file) =>
    text === undefined ? [] : [{ text, file, row: 1, target: classes[file]! }],
  );
  const lost = outputs.findIndex((_, label) => !samples.some(({ target }) => target === label));
  if (lost >= 0)
    throw new UserError(
      `no text of class ${named(outputs[lost]!)} in ${where} can be used (${refused.find(({ file }) => classes[files.findIndex((one) => shown(one) === file)] === lost)?.reason}); mend it, or remove the folder`,
    );
  return {
    path,
    labels: null,
    files,
    text: [],
    columns: [],
    task: "classification",
    outputs,
    samples,
    refused,
    ...(leftOut.length > 0 ? { leftOut } : {}),
    notes: doubtfulNames("classification", outputs, where),
    said: `reads .txt files of ${outputs.length} classes from the folders of ${where}`,
  };
}

/** The texts of each class by their paths, which class each is of, and how many other files lie there. */
function filesOfClasses(root: string, folders: readonly ClassFolder[], outputs: readonly string[]) {
  const files: string[] = [];
  const classes: number[] = [];
  const leftOut: LeftOut[] = [];
  for (const [label, output] of outputs.entries()) {
    const own = folders.filter(({ name }) => name.normalize("NFC") === output);
    for (const file of own.flatMap(({ paths }) => paths).sort(compare)) {
      files.push(join(root, file));
      classes.push(label);
    }
    const left = countKinds(
      output,
      own.flatMap(({ kinds }) => kinds),
    );
    if (left) leftOut.push(left);
  }
  return { files, classes, leftOut };
}

/** Each file's text; undefined where it is refused. */
async function readFiles(files: readonly string[]): Promise<{ texts: (string | undefined)[]; refused: RefusedRow[] }> {
  const texts: (string | undefined)[] = files.map(() => undefined);
  const reasons = new Map<number, string>();
  await concurrently(files, 16, async (file, i) => {
    try {
      // A character takes four bytes at most.
      const { size } = await stat(file);
      const text = size > 4 * longestText ? undefined : await wholeText(onDisk(file), longestText);
      if (text === undefined) reasons.set(i, tooLong(`the file has ${size.toLocaleString("en")} bytes`));
      else if (text.trim() === "") reasons.set(i, "the file is empty");
      else texts[i] = text;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (!(error instanceof UserError) && code === undefined) throw error;
      reasons.set(i, error instanceof UserError ? message.slice(file.length + 1) : `it cannot be read (${code})`);
    }
  });
  const refused = files.flatMap((file, i): RefusedRow[] =>
    reasons.has(i) ? [{ row: 1, file: shown(file), reason: reasons.get(i)! }] : [],
  );
  return { texts, refused };
}

/** `above` holds the real paths on the way down, so that a link to one of them ends. */
async function below(root: string, path: string, above: readonly string[]): Promise<Omit<ClassFolder, "name">> {
  const here = await realpath(join(root, path));
  const found = { paths: [] as string[], kinds: [] as string[] };
  if (above.includes(here)) return found;
  for (const { name, folder, hidden, file } of await allEntries(join(root, path))) {
    const inside = `${path}/${name}`;
    if (folder && !hidden) {
      const { paths, kinds } = await below(root, inside, [...above, here]);
      found.paths.push(...paths);
      found.kinds.push(...kinds);
    } else if (!folder) {
      if (file && !hidden && textName.test(name)) found.paths.push(inside);
      else found.kinds.push(...kindsOf(name, hidden, file));
    }
  }
  return found;
}
