import { sizeOf } from "@taskhead/autograd";
import { joinedBytes } from "../../data/joined-bytes.js";
import { DamagedError } from "../errors.js";

/** The element types that are stored. */
export type SafetensorsType = "F64" | "F32" | "I64" | "I32" | "U8";

export interface SafetensorsEntry {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | BigInt64Array | Int32Array | Uint8Array;
}

export interface Safetensors {
  readonly tensors: Map<string, SafetensorsEntry>;
  readonly metadata: Record<string, string>;
}

const arrays = { F64: Float64Array, F32: Float32Array, I64: BigInt64Array, I32: Int32Array, U8: Uint8Array } as const;
const largestHeader = 100 * 1024 * 1024;

/**
 * Reads a safetensors file: an 8-byte length, a JSON header, the tensors' bytes.
 * @param name of the file, for the error
 * @returns besides, the file in parts as `safetensorsParts` makes them
 * @throws {DamagedError} if the file is not one, or its header does not fit its bytes
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): Safetensors & { parts: Uint8Array[] } {
  const broken = (why: string) => new DamagedError(name, `not a whole safetensors file (${why})`);
  if (bytes.length < 8) throw broken("it is too short");
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerLength > largestHeader || 8 + headerLength > bytes.length) throw broken("its header does not fit");
  const start = 8 + headerLength;
  const header = parseHeader(bytes.subarray(8, start));
  if (!header) throw broken("its header is not valid");
  const tensors = new Map<string, SafetensorsEntry>();
  for (const [tensor, { dtype, shape, data_offsets: offsets }] of header.entries) {
    const ArrayType = arrays[dtype];
    if (offsets[1] - offsets[0] !== sizeOf(shape) * ArrayType.BYTES_PER_ELEMENT || start + offsets[1] > bytes.length)
      throw broken(`tensor '${tensor}' does not fit`);
    // A copy: the file's bytes need not be aligned for the element type.
    // Of the buffer, since `slice` of Node's own byte arrays copies nothing.
    const copy = bytes.buffer.slice(bytes.byteOffset + start + offsets[0], bytes.byteOffset + start + offsets[1]);
    tensors.set(tensor, { dtype, shape, data: new ArrayType(copy as ArrayBuffer) });
  }
  const parts = [bytes.subarray(0, start)];
  // One after another and no gaps, as the format asks for.
  let end = 0;
  for (const [from, to] of header.entries
    .map(([, entry]) => entry.data_offsets)
    .sort((x, y) => x[0] - y[0] || x[1] - y[1])) {
    if (from !== end) throw broken("its tensors overlap or leave gaps");
    parts.push(bytes.subarray(start + from, start + to));
    end = to;
  }
  if (start + end !== bytes.length) throw broken("its length is not what the header says");
  return { tensors, metadata: header.metadata, parts };
}

/** The bytes of a safetensors file. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  return joinedBytes(safetensorsParts(tensors, metadata));
}

/**
 * The bytes of a safetensors file in parts, one after another: its header, a copy, and each tensor's own bytes. Larger elements
 * come first, so that each tensor is aligned for its type.
 */
export function safetensorsParts(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  metadata: Readonly<Record<string, string>> = {},
): [header: Uint8Array, ...tensors: Uint8Array[]] {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header["__metadata__"] = metadata;
  let offset = 0;
  const sorted = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  for (const [name, { dtype, shape, data }] of sorted) {
    if (!(data instanceof arrays[dtype]) || data.length !== sizeOf(shape))
      throw new Error(
        `'${name}' is said to be ${dtype} [${shape.join(", ")}], but its data are a ${data.constructor.name} of ${data.length}`,
      );
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + 8 * Math.ceil(json.length / 8);
  const head = new Uint8Array(start).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(start - 8), true);
  head.set(json, 8);
  return [head, ...sorted.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

interface HeaderEntry {
  dtype: SafetensorsType;
  shape: number[];
  data_offsets: [number, number];
}

interface Header {
  entries: [name: string, entry: HeaderEntry][];
  metadata: Record<string, string>;
}

/** @returns undefined if it is not JSON, or not the JSON of a header */
function parseHeader(bytes: Uint8Array): Header | undefined {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
  if (!isRecord(content)) return undefined;
  const { __metadata__: metadata = {}, ...others } = content;
  const entries = Object.entries(others);
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string")) return undefined;
  if (!entries.every(([, entry]) => isEntry(entry))) return undefined;
  return { entries: entries as Header["entries"], metadata: metadata as Header["metadata"] };
}

function isEntry(value: unknown): value is HeaderEntry {
  if (!isRecord(value)) return false;
  const { dtype, shape, data_offsets: offsets } = value;
  return typeof dtype === "string" && Object.hasOwn(arrays, dtype) && isSizes(shape) && isSizes(offsets, 2);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown, length?: number): value is number[] {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) return false;
  return value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
