import { UserError } from "../../files/errors.js";
import { named } from "../listed.js";
import type { Bytes, OpenBytes } from "./bytes.js";
import { paxAttributes, tarHeader, type PaxAttributes, type TarHeader } from "./tar-header.js";

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
    ...(others > 0
      ? [
          `left out ${others} ${others === 1 ? "link or device" : "links or devices"} in ${path}, which ${others === 1 ? "is no file" : "are no files"}`,
        ]
      : []),
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
 * @throws {UserError} one line, if it is no tar, damaged or cut short
 */
export async function tarMembers(path: string, file: Bytes): Promise<TarIndex> {
  const opened = await file.open();
  try {
    return await membersIn(path, opened.size, readerOf(opened));
  } finally {
    await opened.close();
  }
}

type Read = OpenBytes["read"];

/** Small pieces that follow each other come from one that was read before. */
function readerOf(file: OpenBytes): Read {
  let begin = 0;
  let held: Uint8Array = new Uint8Array();
  return async (from, bytes) => {
    if (from < begin || from + bytes > begin + held.length)
      [begin, held] = [from, await file.read(from, Math.max(bytes, readAtOnce))];
    return held.subarray(from - begin, from - begin + bytes);
  };
}

async function membersIn(path: string, bytes: number, read: Read): Promise<TarIndex> {
  const members: Member[] = [];
  let others = 0;
  let ended = false;
  let extended: PaxAttributes = {};
  let longName: string | undefined;
  for (let at = 0; ;) {
    const block = await read(at, blockBytes);
    if (at === bytes) break;
    // Of two empty blocks, which are the end.
    if (block.length === blockBytes && block.every((byte) => byte === 0)) {
      ended = true;
      break;
    }
    const header = headerOf(path, at, block);
    const { type } = header;
    const forNext = type === "pax" || type === "long name" || type === "passed over";
    // Attributes are of the member, not of what else lies before it.
    const size = (forNext || type === "directory" ? undefined : extended.size) ?? header.size;
    const body = at + blockBytes;
    const name = longName ?? extended.path ?? header.name;
    if (!Number.isSafeInteger(size) || body + size > bytes)
      throw new UserError(
        `${path} is cut short, or damaged: ${named(name)} is said to have ${size.toLocaleString("en")} bytes, and ${Math.max(0, bytes - body).toLocaleString("en")} are left; fetch it again`,
      );
    at = body + Math.ceil(size / blockBytes) * blockBytes;
    if (type === "pax") extended = { ...extended, ...paxAttributes(await attributes(path, body, size, read)) };
    else if (type === "long name")
      longName = new TextDecoder().decode(await attributes(path, body, size, read)).replace(/\0[^]*$/, "");
    else if (type !== "passed over") {
      if (type === "file") members.push({ name, start: body, size });
      else if (type === "other") others++;
      if (members.length + others > mostMembers)
        throw new UserError(
          `${path} has more than ${mostMembers.toLocaleString("en")} members; split it into several archives`,
        );
      [extended, longName] = [{}, undefined];
    }
  }
  return { members, others, ended };
}

function headerOf(path: string, at: number, block: Uint8Array): TarHeader {
  const header = tarHeader(block);
  if (header) return header;
  throw new UserError(
    at === 0
      ? `${path} is no tar archive, whatever it is called${compressed(block)}`
      : `${path} is damaged at byte ${at.toLocaleString("en")}, where the next member should begin; fetch it again`,
  );
}

/** What it is instead, where its first bytes say so, and what to do. */
function compressed(head: Uint8Array): string {
  const text = String.fromCharCode(...head.subarray(0, 8));
  if (text.startsWith("BZh")) return ": it is compressed by bzip2; unpack it with bunzip2";
  if (text.startsWith("\xfd7zXZ")) return ": it is compressed by xz; unpack it with unxz";
  if (text.startsWith("\x28\xb5\x2f\xfd")) return ": it is compressed by zstd; unpack it with unzstd";
  if (text.startsWith("PK")) return ": it is a zip; unpack it, and give the folder";
  return "; fetch it again";
}

async function attributes(path: string, from: number, size: number, read: Read): Promise<Uint8Array> {
  if (size > mostOfAttributes)
    throw new UserError(
      `${path} is damaged at byte ${from.toLocaleString("en")}: the name of a member has ${size.toLocaleString("en")} bytes; fetch it again`,
    );
  return read(from, size);
}
