import { columnsOfSamples } from "../../data/archive/sample-table.js";
import type { Bytes } from "../../data/archive/bytes.js";
import { samplesOf, type ArchiveSample } from "../../data/archive/samples.js";
import { notesOfTar, tarMembers, type Member } from "../../data/archive/tar-members.js";
import { listed, named } from "../../data/listed.js";
import { plainPath } from "../../data/plain-path.js";
import type { Table } from "../../data/tables/rows.js";
import type { Stored } from "../../data/stored.js";
import { imageName, imageNames } from "../../files/image-names.js";

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
  /** As people call it. */
  readonly path: string;
  readonly bytes: Bytes;
  readonly images: readonly ArchivedImage[];
  /** What is to be known of it, a line each. */
  readonly notes: readonly string[];
}

/** An archive where it lies. */
export interface FoundArchive {
  /** As people call it. */
  readonly path: string;
  /** What its members are called by, with their own names behind it. */
  readonly inRoot: string;
  /** What it is stored as. */
  readonly file: string;
  readonly bytes: Bytes;
}

/**
 * Reads which samples an archive has, and where.
 * @throws {UserError} one line, if it is none, damaged or cut short
 */
export async function readImageArchive({ path, inRoot, file, bytes }: FoundArchive): Promise<ImageArchive> {
  const index = await tarMembers(path, bytes);
  const images = samplesOf(index.members).map((sample, i): ArchivedImage => {
    const found = pictureOf(sample);
    if ("reason" in found) return { row: i + 1, image: found, parts: sample.parts };
    const { member, ending } = found;
    return { row: i + 1, image: storedAs(inRoot, file, member), ending, parts: sample.parts };
  });
  return { path, bytes, images, notes: notesOfTar(path, index) };
}

/** A member by what people call it: the archive's path, with its own behind. */
export function storedAs(archive: string, file: string, { name, start, size }: Member): Stored {
  return { path: `${archive}/${plainPath(name)}`, within: { file, start, size } };
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

/** What an archive says of its images, row by row: `cls`, `txt` and the fields of `json`. @param columns that it has */
export function tableOf({ path, bytes, images }: ImageArchive, columns: readonly string[]): Table {
  const samples = images.map(({ row, image, parts }) => ({
    row,
    parts,
    ...("reason" in image ? { fault: image.reason } : {}),
  }));
  return columnsOfSamples({ path, file: bytes, samples }, columns);
}
