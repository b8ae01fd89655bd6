import { open, type FileHandle } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { isAside, leaves, plainName, samplesOf, type ArchiveSample } from "../data/archive/samples.js";
import { tarMembers, type Member, type TarIndex } from "../data/archive/tar-members.js";
import { unpacked } from "../data/archive/unpacked.js";
import { cellsOf } from "../data/json-records.js";
import { listed, named } from "../data/listed.js";
import type { Cell, RefusedRow, Row, Table } from "../data/rows.js";
import type { Stored } from "../data/stored.js";
import { isObject } from "../files/is-object.js";
import { readUpTo } from "../files/read-up-to.js";
import { shown } from "../files/shown.js";
import { imageName, imageNames } from "./formats.js";

/** A sample of an archive that has a picture, or why it is of no use. */
interface ArchivedImage {
  /** The sample's place in the archive, from 1. */
  readonly row: number;
  /** By what people call it, relative to the root. */
  readonly image: Stored | { readonly reason: string };
  /** What the picture's member is called behind the sample's name. */
  readonly ending?: string;
  /** The members that may say what is on it. */
  readonly parts: ArchiveSample["parts"];
}

/** An archive of images before any is decoded. */
export interface ImageArchive {
  readonly path: string;
  /** Where its bytes are. */
  readonly file: string;
  readonly images: readonly ArchivedImage[];
  /** What is to be known of it, a line each. */
  readonly notes: readonly string[];
}

/** The folder that archives lie in, or in whose folders they do. @param archives absolute, at least one */
export function folderOf(archives: readonly string[]): string {
  let folder = dirname(archives[0]!);
  while (archives.some((one) => relative(folder, one).startsWith(".."))) folder = dirname(folder);
  return folder;
}

/**
 * Reads which samples an archive has, and where.
 * @param root absolute, a folder above it
 * @throws {UserError} one line, if it is none, damaged or cut short
 */
export async function openImageArchive(root: string, path: string, cache: string): Promise<ImageArchive> {
  const file = await unpacked(path, cache);
  const index = await tarMembers(shown(path), file);
  const inRoot = relative(root, path).replaceAll("\\", "/");
  const images = samplesOf(index.members).map((sample, i): ArchivedImage => {
    const found = pictureOf(sample);
    if ("reason" in found) return { row: i + 1, image: found, parts: sample.parts };
    const { member, ending } = found;
    return { row: i + 1, image: storedAs(inRoot, file, member), ending, parts: sample.parts };
  });
  return { path, file, images, notes: notesOf(path, index) };
}

function notesOf(path: string, { others, ended }: TarIndex): string[] {
  return [
    ...(others > 0 ? [`left out ${others} links or devices in ${shown(path)}, which are no files`] : []),
    ...(ended ? [] : [`${shown(path)} has no end mark: it may be cut short behind its last member`]),
  ];
}

function storedAs(archive: string, file: string, { name, start, size }: Member): Stored {
  return { path: `${archive}/${plainName(name)}`, within: { file, start, size } };
}

/** The picture of a sample: the member that is called `jpg` or the like, else the only one that ends so. */
function pictureOf({ key, parts, fault }: ArchiveSample): { member: Member; ending: string } | { reason: string } {
  if (fault !== undefined) return { reason: fault };
  const all = [...parts].filter(([ending]) => imageName.test(`x.${ending}`));
  const plain = all.filter(([ending]) => !ending.includes("."));
  const found = plain.length > 0 ? plain : all;
  if (found.length === 1) return { member: found[0]![1], ending: found[0]![0] };
  const endings = (some: readonly (readonly [string, Member])[]): string => listed(some.map(([ending]) => ending));
  return {
    reason:
      found.length > 1
        ? `${named(key)} has several pictures (${endings(found)})`
        : `${named(key)} has no picture (${imageNames}), only ${endings([...parts])}`,
  };
}

/** All pictures of an archive, whatever lies beside them. @param path as people call it */
export async function picturesIn(path: string, cache: string): Promise<Stored[]> {
  const file = await unpacked(path, cache);
  const { members } = await tarMembers(shown(path), file);
  return members
    .map((member) => ({ member, name: plainName(member.name) }))
    .filter(({ name }) => imageName.test(name) && !isAside(name) && !leaves(name))
    .map(({ member }) => storedAs(path, file, member));
}

/** Members that are columns by themselves; the fields of `json` are others. */
export const textParts = ["cls", "txt"] as const;

/** Of a class, a caption; and of a record, in bytes. */
const [longestText, longestRecord] = [2 ** 16, 2 ** 22];

/** So many are read at a time. */
const rowsAtOnce = 64;

/** What an archive says of its images, row by row: `cls`, `txt` and the fields of `json`. @param columns that it has */
export function tableOf({ path, file, images }: ImageArchive, columns: readonly string[]): Table {
  return {
    path: shown(path),
    columns,
    classNames: new Map(),
    notes: [],
    async *rows(refuse, wanted = columns) {
      const handle = await open(file);
      try {
        for (let i = 0; i < images.length; i += rowsAtOnce) {
          const some = images.slice(i, i + rowsAtOnce);
          for (const row of await Promise.all(some.map((one) => rowOf(handle, one, wanted))))
            if ("cells" in row) yield row;
            else refuse(row);
        }
      } finally {
        await handle.close();
      }
    },
  };
}

async function rowOf(
  handle: FileHandle,
  { row, image, parts }: ArchivedImage,
  columns: readonly string[],
): Promise<Row | RefusedRow> {
  if ("reason" in image) return { row, reason: image.reason };
  const cells = new Map<string, Cell>();
  for (const name of textParts) {
    const member = columns.includes(name) ? parts.get(name) : undefined;
    if (!member) continue;
    if (member.size > longestText) return { row, reason: tooLong(member) };
    cells.set(name, await textOf(handle, member));
  }
  const record = columns.some((name) => !isTextPart(name)) ? parts.get("json") : undefined;
  if (!record) return { row, cells };
  if (record.size > longestRecord) return { row, reason: tooLong(record) };
  const content = parsed(await textOf(handle, record));
  if (!isObject(content)) return { row, reason: `${named(record.name)} is no JSON object` };
  for (const [name, cell] of cellsOf(Object.entries(content))) if (!isTextPart(name)) cells.set(name, cell);
  return { row, cells };
}

export function isTextPart(name: string): boolean {
  return (textParts as readonly string[]).includes(name);
}

function tooLong({ name, size }: Member): string {
  return `${named(name)} has ${size.toLocaleString("en")} bytes, more than a label`;
}

async function textOf(handle: FileHandle, { start, size }: Member): Promise<string> {
  const text = (await readUpTo(handle, start, size)).toString("utf8");
  return text.replace(/^\uFEFF/, "").trim();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
