import { dirname, relative } from "node:path";
import { bytesOnDisk } from "../../data/archive/bytes-on-disk.js";
import { isAside } from "../../data/archive/samples.js";
import { tarMembers } from "../../data/archive/tar-members.js";
import { unpacked } from "../../data/archive/unpacked.js";
import { leaves, plainPath } from "../../data/plain-path.js";
import type { Stored } from "../../data/stored.js";
import { imageName } from "../../files/image-names.js";
import { shown } from "../../files/shown.js";
import { readImageArchive, storedAs, type ImageArchive } from "./image-archive.js";

/** The folder that archives lie in, or in whose folders they do. @param archives absolute, at least one */
export function folderOf(archives: readonly string[]): string {
  let folder = dirname(archives[0]!);
  while (archives.some((one) => relative(folder, one).startsWith(".."))) folder = dirname(folder);
  return folder;
}

/**
 * As `readImageArchive`, of one on a disk.
 * @param root absolute, a folder above it
 * @throws {UserError} one line, if it is none, damaged or cut short
 */
export async function openImageArchive(root: string, path: string, cache: string): Promise<ImageArchive> {
  const file = await unpacked(path, cache);
  const inRoot = relative(root, path).replaceAll("\\", "/");
  return readImageArchive({ path: shown(path), inRoot, file, bytes: bytesOnDisk(file) });
}

/** All pictures of an archive, whatever lies beside them. @param path as people call it */
export async function picturesIn(path: string, cache: string): Promise<Stored[]> {
  const file = await unpacked(path, cache);
  const { members } = await tarMembers(shown(path), bytesOnDisk(file));
  return members
    .map((member) => ({ member, name: plainPath(member.name) }))
    .filter(({ name }) => imageName.test(name) && !isAside(name) && !leaves(name))
    .map(({ member }) => storedAs(path, file, member));
}
