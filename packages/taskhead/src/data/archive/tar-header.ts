/** What the 512 bytes before a member say of it. */
export interface TarHeader {
  /** With the prefix of ustar before it. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly type: MemberType;
}

/** What a member is: a file, what has names and sizes for the next, or neither. */
export type MemberType = "file" | "directory" | "pax" | "long name" | "passed over" | "other";

const types: Readonly<Record<string, MemberType>> = {
  "": "file",
  "0": "file",
  "7": "file",
  "5": "directory",
  x: "pax",
  X: "pax",
  L: "long name",
  N: "long name",
  // Attributes of all members, and the long name of a link's target.
  g: "passed over",
  K: "passed over",
};

/** Where its fields are: from, and how many bytes. */
const fields = { name: [0, 100], size: [124, 12], checksum: [148, 8], prefix: [345, 155] } as const;

/** Behind the type: of ustar alone, in which a name may have a prefix. */
const ustar = "ustar\x0000";

/**
 * Reads a header of ustar, GNU's tar or pax.
 * @param block 512 bytes
 * @returns undefined of what is none: cut short, or with another checksum than its own
 */
export function tarHeader(block: Uint8Array): TarHeader | undefined {
  if (block.length < 512) return undefined;
  const [from, bytes] = fields.checksum;
  const sum = block.reduce((all, byte, i) => all + (i >= from && i < from + bytes ? 0x20 : byte), 0);
  const size = numberIn(block, ...fields.size);
  if (numberIn(block, from, bytes) !== sum || size === undefined) return undefined;
  const prefix = latin1(block, 257, 8) === ustar ? prefixIn(block) : "";
  const own = textIn(block, ...fields.name);
  const name = prefix === "" ? own : `${prefix}/${own}`;
  const type = types[latin1(block, 156, 1).replace("\0", "")] ?? "other";
  // Old ones have no other sign of a folder, and some say the size of its entry.
  if (type === "directory" || (type === "file" && name.endsWith("/"))) return { name, size: 0, type: "directory" };
  return { name, size, type };
}

/** Where times follow, as some write them, the prefix ends before. */
function prefixIn(block: Uint8Array): string {
  const [from, bytes] = fields.prefix;
  return textIn(block, from, block[475] === 0 ? bytes - 25 : bytes);
}

/** Octal digits, or, behind a byte of 0x80, a number of base 256; 0 where nothing is said. @returns undefined of what is none */
function numberIn(block: Uint8Array, from: number, bytes: number): number | undefined {
  if ((block[from]! & 0x80) === 0) return parseInt(textIn(block, from, bytes).trim() || "0", 8) || 0;
  if (block[from] !== 0x80) return undefined;
  const value = block.subarray(from + 1, from + bytes).reduce((all, byte) => all * 256 + byte, 0);
  return Number.isSafeInteger(value) ? value : undefined;
}

function textIn(block: Uint8Array, from: number, bytes: number): string {
  return untilNull(new TextDecoder().decode(block.subarray(from, from + bytes)));
}

function latin1(block: Uint8Array, from: number, bytes: number): string {
  return String.fromCharCode(...block.subarray(from, from + bytes));
}

function untilNull(text: string): string {
  return text.replace(/\0[^]*$/, "");
}

/** What pax says of the next member. */
export interface PaxAttributes {
  readonly path?: string;
  readonly size?: number;
}

/** Reads records `LENGTH KEY=VALUE\n`, each as many bytes long as it says; what follows one that is none is passed over. */
export function paxAttributes(bytes: Uint8Array): PaxAttributes {
  let found: PaxAttributes = {};
  for (let at = 0; at < bytes.length;) {
    const length = /^(\d{1,7}) /.exec(latin1(bytes, at, 8))?.[1];
    const end = at + Number(length);
    if (length === undefined || Number(length) < length.length + 3 || end > bytes.length) break;
    const record = new TextDecoder().decode(bytes.subarray(at + length.length + 1, end - 1));
    const [, key, value] = /^([^=]*)=([^]*)$/.exec(record) ?? [];
    if (key === "path") found = { ...found, path: untilNull(value!) };
    if (key === "size" && /^\d+$/.test(value!)) found = { ...found, size: Number(value) };
    at = end;
  }
  return found;
}
