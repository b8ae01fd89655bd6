import { readFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "./errors.js";

/** The element types that taskhead stores. */
export type SafetensorsType = "F32" | "I64" | "I32" | "U8";

export interface SafetensorsEntry {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint8Array;
}

export interface Safetensors {
  readonly tensors: Map<string, SafetensorsEntry>;
  readonly metadata: Record<string, string>;
}

const arrays = { F32: Float32Array, I64: BigInt64Array, I32: Int32Array, U8: Uint8Array } as const;
const largestHeader = 100 * 1024 * 1024;

const offset = z.number().int().nonnegative();

const headerSchema = z.object({ __metadata__: z.record(z.string(), z.string()).default({}) }).catchall(
  z.object({
    dtype: z.enum(["F32", "I64", "I32", "U8"]),
    shape: z.array(offset),
    data_offsets: z.tuple([offset, offset]),
  }),
);

/**
 * Reads a safetensors file: an 8-byte length, a JSON header, the tensors' bytes.
 * @throws {UserError} if the file is not one, or its header does not fit its bytes.
 */
export function readSafetensors(path: string): Safetensors {
  const bytes = readFileSync(path);
  const broken = (why: string) =>
    new UserError(`${path}: not a whole safetensors file (${why}); delete it and run again`);
  if (bytes.length < 8) throw broken("it is too short");
  const headerLength = Number(bytes.readBigUInt64LE(0));
  if (headerLength > largestHeader || 8 + headerLength > bytes.length) throw broken("its header does not fit");
  let header;
  try {
    header = headerSchema.parse(JSON.parse(bytes.toString("utf8", 8, 8 + headerLength)));
  } catch {
    throw broken("its header is not valid");
  }
  const start = 8 + headerLength;
  const { __metadata__: metadata, ...entries } = header;
  const tensors = new Map<string, SafetensorsEntry>();
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(entries)) {
    const ArrayType = arrays[dtype];
    if (offsets[1] - offsets[0] !== sizeOf(shape) * ArrayType.BYTES_PER_ELEMENT || start + offsets[1] > bytes.length)
      throw broken(`tensor '${name}' does not fit`);
    // A copy: the file's bytes need not be aligned for the element type.
    const copy = bytes.buffer.slice(bytes.byteOffset + start + offsets[0], bytes.byteOffset + start + offsets[1]);
    tensors.set(name, { dtype, shape, data: new ArrayType(copy as ArrayBuffer) });
  }
  // One after another and no gaps, as the format asks for.
  let end = 0;
  for (const [from, to] of Object.values(entries)
    .map((e) => e.data_offsets)
    .sort((x, y) => x[0] - y[0] || x[1] - y[1])) {
    if (from !== end) throw broken("its tensors overlap or leave gaps");
    end = to;
  }
  if (start + end !== bytes.length) throw broken("its length is not what the header says");
  return { tensors, metadata };
}

/** The bytes of a safetensors file. Larger elements come first, so that each tensor is aligned for its type. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
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
  const text = JSON.stringify(header);
  const json = Buffer.from(text + " ".repeat((8 - (Buffer.byteLength(text) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const blobs = sorted.map(([, { data }]) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return Buffer.concat([length, json, ...blobs]);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, d) => product * d, 1);
}
