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

const headerSchema = z.record(
  z.string(),
  z.union([
    z.object({
      dtype: z.enum(["F32", "I64", "I32", "U8"]),
      shape: z.array(z.number().int().nonnegative()),
      data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
    }),
    z.record(z.string(), z.string()),
  ]),
);

/**
 * Reads a safetensors file: an 8-byte length, a JSON header, the tensors' bytes.
 * @throws {UserError} if the file is not one, or its header does not fit its bytes.
 */
export function readSafetensors(path: string): Safetensors {
  const bytes = readFileSync(path);
  const broken = (why: string) => new UserError(`${path}: not a whole safetensors file (${why}); delete it and run again`);
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
  const tensors = new Map<string, SafetensorsEntry>();
  let metadata: Record<string, string> = {};
  let end = 0;
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") {
      metadata = entry as Record<string, string>;
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = entry as { dtype: SafetensorsType; shape: number[]; data_offsets: [number, number] };
    const size = shape.reduce((a, d) => a * d, 1);
    const ArrayType = arrays[dtype];
    if (ArrayType === undefined || offsets[1] - offsets[0] !== size * ArrayType.BYTES_PER_ELEMENT || start + offsets[1] > bytes.length)
      throw broken(`tensor '${name}' does not fit`);
    end = Math.max(end, offsets[1]);
    // A copy: the file's bytes need not be aligned for the element type.
    const copy = bytes.buffer.slice(bytes.byteOffset + start + offsets[0], bytes.byteOffset + start + offsets[1]);
    tensors.set(name, { dtype, shape, data: new ArrayType(copy as ArrayBuffer) });
  }
  if (start + end !== bytes.length) throw broken("its length is not what the header says");
  return { tensors, metadata };
}

/** The bytes of a safetensors file. */
export function encodeSafetensors(tensors: ReadonlyMap<string, SafetensorsEntry>, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header["__metadata__"] = metadata;
  let offset = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = JSON.stringify(header);
  const json = Buffer.from(text + " ".repeat((8 - (Buffer.byteLength(text) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const blobs = [...tensors.values()].map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return Buffer.concat([length, json, ...blobs]);
}
