import { sha256 } from "../../data/checksum.js";
import { DamagedError, UnsealedError } from "../errors.js";
import { decodeSafetensors, safetensorsParts, type Safetensors, type SafetensorsEntry } from "./safetensors.js";

/**
 * Every file that is read back says which run wrote it, under which key, and the checksum of all that is in it: inside the
 * file, so that both are written at once, and a kill leaves the old file or the new one. JSON stays JSON and safetensors
 * stay safetensors for other readers.
 */
export interface Seal {
  /** `runOf` the configuration; empty for what belongs to no run, such as features in a cache. */
  readonly run: string;
  /** What it is stored under, from the root of the run. */
  readonly key: string;
  /** Of the rest of the file, this seal's run and key included. */
  readonly sha256: string;
}

/** Whose a file should be. */
export interface Place {
  /** undefined for whichever run. */
  readonly run?: string | undefined;
  readonly key: string;
}

/** JSON text of an object with its seal as the last field. Numbers that JSON lacks become null. */
export async function sealedJson(content: object, { run = "", key }: Place): Promise<string> {
  const seal: Seal = { run, key, sha256: await sha256(canonical(content, run, key)) };
  return `${JSON.stringify({ ...content, seal }, null, 2)}\n`;
}

/**
 * What `sealedJson` made, without the seal. The checksum is that of the values: spaces and line ends may change.
 * @param name of the file, for the error
 * @throws {DamagedError} if it is not as it was written, or of another run or place
 */
export async function openJson(text: string, name: string, place: Place): Promise<unknown> {
  const { seal, ...content } = parsed(text, name) as { seal?: Partial<Seal> };
  if (typeof seal?.sha256 !== "string") throw new UnsealedError(name);
  const { run = "", key = "" } = seal;
  if (seal.sha256 !== (await sha256(canonical(content, run, key)))) throw new DamagedError(name, changed);
  requirePlace({ run, key }, place, name);
  return content;
}

const changed = "it is not what was written: its checksum is another";

function canonical(content: object, run: string, key: string): string {
  return JSON.stringify({ ...content, seal: { run, key } });
}

function parsed(text: string, name: string): object {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new DamagedError(name, `not whole JSON (${(error as Error).message.split("\n")[0]})`);
  }
  if (typeof content === "object" && content !== null && !Array.isArray(content)) return content;
  throw new DamagedError(name, "it holds no JSON object");
}

/** Stands in the header while the checksum of the file is not known. */
const blank = "0".repeat(64);

/**
 * The parts of a safetensors file with its seal in the metadata: `run`, `key`, and `checksum`, the SHA-256 of the lines that are
 * those of its header, with zeros in the checksum's place, and of each tensor. Hashing takes a copy: so it is of one tensor.
 */
export async function sealedTensors(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  metadata: Readonly<Record<string, string>>,
  { run = "", key }: Place,
): Promise<Uint8Array[]> {
  const parts = safetensorsParts(tensors, { ...metadata, run, key, checksum: blank });
  parts[0].set(new TextEncoder().encode(await checksumOf(parts)), checksumAt(parts[0], blank)!);
  return parts;
}

/**
 * What `sealedTensors` made, without the seal.
 * @param name of the file, for the error
 * @throws {DamagedError} if it is not as it was written, or of another run or place
 */
export async function openTensors(bytes: Uint8Array, name: string, place: Place): Promise<Safetensors> {
  const { tensors, metadata, parts } = decodeSafetensors(bytes, name);
  const { run = "", key = "", checksum: written, ...rest } = metadata;
  const header = new Uint8Array(parts[0]!);
  const at = written === undefined ? undefined : checksumAt(header, written);
  if (at === undefined) throw new UnsealedError(name);
  header.set(new TextEncoder().encode(blank), at);
  if (written !== (await checksumOf([header, ...parts.slice(1)]))) throw new DamagedError(name, changed);
  requirePlace({ run, key }, place, name);
  return { tensors, metadata: rest };
}

async function checksumOf(parts: readonly Uint8Array[]): Promise<string> {
  const lines: string[] = [];
  for (const part of parts) lines.push(await sha256(part));
  return sha256(lines.join("\n"));
}

/** Where in the header the checksum's digits begin. */
function checksumAt(header: Uint8Array, checksum: string): number | undefined {
  // One character for each byte, so that places in the text are places in the file.
  const text = new TextDecoder("latin1").decode(header);
  const field = `"checksum":"${checksum}"`;
  const at = checksum.length === blank.length ? text.indexOf(field) : -1;
  return at < 0 ? undefined : at + field.length - 1 - checksum.length;
}

function requirePlace(found: Required<Place>, { run, key }: Place, name: string): void {
  if (found.key !== key) throw new DamagedError(name, `it belongs elsewhere: it was written as ${found.key}`);
  if (run !== undefined && found.run !== run)
    throw new DamagedError(name, "it belongs to another run, of other settings or data");
}
