import { UserError } from "../files/errors.js";
import type { TextFile } from "./text-file.js";

type Decoder = InstanceType<typeof TextDecoder>;

/** Byte-order marks, and what a file that begins with one is written in. */
const marks: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/**
 * A file's text, piece by piece and without its byte-order mark: UTF-8, or UTF-16 where the mark says so.
 * @throws {UserError} where it is in another encoding; the system's error if it cannot be read
 */
export async function* readText({ path, pieces }: TextFile): AsyncGenerator<string> {
  let decoder: Decoder | undefined;
  let line = 1;
  for await (const chunk of pieces()) {
    const isFirst = decoder === undefined;
    decoder ??= decoderOf(path, chunk);
    // The decoder drops the mark, and keeps a character that one piece begins for the next.
    let text: string;
    try {
      text = decoder.decode(chunk, { stream: true });
    } catch {
      throw undecodable(path, line + breaksBefore(decoder.encoding, chunk, isFirst));
    }
    line += breaksIn(text);
    yield text;
  }
  try {
    decoder?.decode();
  } catch {
    throw undecodable(path, line);
  }
}

function undecodable(path: string, line: number): UserError {
  return new UserError(`${path} is not in UTF-8 (line ${line}); save it as UTF-8`);
}

/** How many lines end before the first byte that is in no character. @param isFirst whether no piece came before */
function breaksBefore(encoding: string, chunk: Uint8Array, isFirst: boolean): number {
  const text = new TextDecoder(encoding).decode(chunk);
  // The first three may be the end of a character of the piece before.
  const place = text.indexOf("\ufffd", isFirst ? 0 : 3);
  return place < 0 ? 0 : breaksIn(text.slice(0, place));
}

/** How many times a line ends in a text, however it does. */
export function breaksIn(text: string): number {
  let count = 0;
  for (let i = text.search(/[\r\n]/); i >= 0 && i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) count++;
  }
  return count;
}

function decoderOf(path: string, chunk: Uint8Array): Decoder {
  const encoding = marks.find(([, bytes]) => bytes.every((byte, i) => chunk[i] === byte))?.[0];
  // Text has none of these: it would be UTF-16 without its mark, or no text at all.
  if (encoding === undefined && chunk.subarray(0, 4096).includes(0))
    throw new UserError(`${path} is not in UTF-8 (it holds zero bytes); save it as UTF-8 text`);
  return new TextDecoder(encoding ?? "utf-8", { fatal: true });
}

/** How much one record may hold, in bytes or characters: 16 MB. More is a quote that is not closed, or no record. */
export const mostOfRecord = 2 ** 24;

/** One line of a file, without its end. */
export interface Line {
  /** From 1. */
  number: number;
  text: string;
}

/**
 * The lines of a file, which may end in `\n`, `\r\n` or `\r`.
 * @throws {UserError} where one is too long
 */
export async function* readLines(file: TextFile): AsyncGenerator<Line> {
  let begun = "";
  let held = "";
  let number = 0;
  for await (const piece of readText(file)) {
    // A `\r` at the end may have its `\n` in the next piece.
    const text = held + piece;
    held = text.endsWith("\r") ? "\r" : "";
    const parts = text.slice(0, text.length - held.length).split(/\r\n|\n|\r/);
    parts[0] = begun + parts[0]!;
    begun = parts.pop()!;
    for (const part of parts) yield { number: ++number, text: part };
    if (begun.length > mostOfRecord)
      throw new UserError(`${file.path}: line ${number + 1} is longer than 16 MB; give each record a line of its own`);
  }
  if (begun !== "") yield { number: ++number, text: begun };
}

/**
 * A whole file's text.
 * @param most of it, in characters
 * @returns undefined if it is longer
 */
export async function wholeText(file: TextFile, most: number): Promise<string | undefined> {
  const parts: string[] = [];
  let length = 0;
  for await (const text of readText(file)) {
    length += text.length;
    if (length > most) return undefined;
    parts.push(text);
  }
  return parts.join("");
}
