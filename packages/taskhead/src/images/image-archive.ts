import { dirname, relative } from "node:path";
import { isAside, leaves, plainName, samplesOf, type ArchiveSample } from "../data/archive/samples.js";
import { columnsOfSamples } from "../data/archive/sample-table.js";
import { notesOfTar, tarMembers, type Member } from "../data/archive/tar-members.js";
import { unpacked } from "../data/archive/unpacked.js";
import { listed, named } from "../data/listed.js";
import type { Table } from "../data/rows.js";
import type { Stored } from "../data/stored.js";
import { shown } from "../files/shown.js";
import { imageName, imageNames } from "../files/image-names.js";

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
  return { path, file, images, notes: notesOfTar(shown(path), index) };
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

/** What an archive says of its images, row by row: `cls`, `txt` and the fields of `json`. @param columns that it has */
export function tableOf({ path, file, images }: ImageArchive, columns: readonly string[]): Table {
  const samples = images.map(({ row, image, parts }) => ({
    row,
    parts,
    ...("reason" in image ? { fault: image.reason } : {}),
  }));
  return columnsOfSamples({ path: shown(path), file, samples }, columns);
}
