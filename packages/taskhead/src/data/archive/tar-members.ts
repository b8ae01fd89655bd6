import { open, type FileHandle } from "node:fs/promises";
import { Header } from "tar/header";
import { Pax } from "tar/pax";
import { UserError } from "../../files/errors.js";
import { readUpTo } from "../../files/read-up-to.js";
import { named } from "../listed.js";

/** A file in an archive, and where its bytes are. */
export interface Member {
  /** As the archive has it. */
  readonly name: string;
  readonly start: number;
  readonly size: number;
}

/** What a tar holds. */
export interface TarIndex {
  readonly members: readonly Member[];
  /** How many links, devices and the like it has besides, which are no files. */
  readonly others: number;
  /** Whether the two empty blocks are there that end an archive: without them it may have been longer. */
  readonly ended: boolean;
}

/** What is to be known of it, a line each. @param path as people call it */
export function notesOfTar(path: string, { others, ended }: TarIndex): string[] {
  return [
    ...(others > 0 ? [`left out ${others} links or devices in ${path}, which are no files`] : []),
    ...(ended ? [] : [`${path} has no end mark: it may be cut short behind its last member`]),
  ];
}

/** A tar is made of these. */
const blockBytes = 512;

/** A header, what small members hold, and the next headers are read at once. */
const readAtOnce = 2 ** 14;

/** Names and other attributes of one member. */
const mostOfAttributes = 2 ** 20;

/** More would not fit into memory: shards have some thousands. */
const mostMembers = 2 ** 22;

/**
 * Where the members of a tar lie: ustar, GNU's and pax headers are followed from one to the next, and what lies between is passed
 * over, so that it takes as long as there are members, however large they are. Nothing is unpacked.
 * @param path as people call it
 * @param file where it lies
 * @throws {UserError} one line, if it is no tar, damaged or cut short
 */
export async function tarMembers(path: string, file: string): Promise<TarIndex> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    return await membersIn(path, size, readerOf(handle));
  } finally {
    await handle.close();
  }
}

type Read = (from: number, bytes: number) => Promise<Buffer>;

/** Small pieces that follow each other come from one that was read before. */
function readerOf(handle: FileHandle): Read {
  let begin = 0;
  let held: Buffer = Buffer.alloc(0);
  return async (from, bytes) => {
    if (from < begin || from + bytes > begin + held.length)
      [begin, held] = [from, await readUpTo(handle, from, Math.max(bytes, readAtOnce))];
    return held.subarray(from - begin, from - begin + bytes);
  };
}

async function membersIn(path: string, bytes: number, read: Read): Promise<TarIndex> {
  const members: Member[] = [];
  let others = 0;
  let ended = false;
  let extended: Pax | undefined;
  let longName: string | undefined;
  for (let at = 0; ;) {
    const block = await read(at, blockBytes);
    if (at === bytes) break;
    // Of two empty blocks, which are the end.
    if (block.length === blockBytes && block.every((byte) => byte === 0)) {
      ended = true;
      break;
    }
    const header = headerOf(path, at, block, extended);
    const { size = 0, type } = header;
    const body = at + blockBytes;
    const name = longName ?? extended?.path ?? header.path ?? "";
    if (!Number.isSafeInteger(size) || body + size > bytes)
      throw new UserError(
        `${path} is cut short, or damaged: ${named(name)} is said to have ${size.toLocaleString("en")} bytes, and ${Math.max(0, bytes - body).toLocaleString("en")} are left; fetch it again`,
      );
    at = body + Math.ceil(size / blockBytes) * blockBytes;
    if (type === "ExtendedHeader" || type === "OldExtendedHeader")
      extended = Pax.parse(await attributes(path, body, size, read), extended);
    else if (type === "NextFileHasLongPath" || type === "OldGnuLongPath")
      longName = (await attributes(path, body, size, read)).replace(/\0[^]*$/, "");
    else if (type === "GlobalExtendedHeader" || type === "NextFileHasLongLinkpath") continue;
    else {
      if (type === "File" || type === "OldFile" || type === "ContiguousFile") members.push({ name, start: body, size });
      else if (type !== "Directory") others++;
      if (members.length + others > mostMembers)
        throw new UserError(
          `${path} has more than ${mostMembers.toLocaleString("en")} members; split it into several archives`,
        );
      [extended, longName] = [undefined, undefined];
    }
  }
  return { members, others, ended };
}

function headerOf(path: string, at: number, block: Buffer, extended: Pax | undefined): Header {
  try {
    const header = new Header(block, 0, extended);
    if (header.cksumValid) return header;
  } catch {
    // A number that is none, or a block that ends too early.
  }
  throw new UserError(
    at === 0
      ? `${path} is no tar archive, whatever it is called${compressed(block)}`
      : `${path} is damaged at byte ${at.toLocaleString("en")}, where the next member should begin; fetch it again`,
  );
}

/** What it is instead, where its first bytes say so, and what to do. */
function compressed(head: Buffer): string {
  const text = head.toString("latin1");
  if (text.startsWith("BZh")) return ": it is compressed by bzip2; unpack it with bunzip2";
  if (text.startsWith("\xfd7zXZ")) return ": it is compressed by xz; unpack it with unxz";
  if (text.startsWith("\x28\xb5\x2f\xfd")) return ": it is compressed by zstd; unpack it with unzstd";
  if (text.startsWith("PK")) return ": it is a zip; unpack it, and give the folder";
  return "; fetch it again";
}

async function attributes(path: string, from: number, size: number, read: Read): Promise<string> {
  if (size > mostOfAttributes)
    throw new UserError(
      `${path} is damaged at byte ${from.toLocaleString("en")}: the name of a member has ${size.toLocaleString("en")} bytes; fetch it again`,
    );
  return (await read(from, size)).toString("utf8");
}
