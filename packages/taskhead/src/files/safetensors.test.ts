import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "./errors.js";
import { encodeSafetensors, readSafetensors, type SafetensorsEntry } from "./safetensors.js";

const dir = mkdtempSync(join(tmpdir(), "taskhead-safetensors-"));
const file = join(dir, "x.safetensors");
afterAll(() => rmSync(dir, { recursive: true }));

const tensors = new Map<string, SafetensorsEntry>([
  ["bytes", { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 255) }],
  ["weight", { dtype: "F32", shape: [2, 2], data: Float32Array.of(1, -2.5, NaN, 3e38) }],
  ["ids", { dtype: "I64", shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) }],
  ["counts", { dtype: "I32", shape: [1, 1], data: Int32Array.of(-7) }],
  ["scalar", { dtype: "F32", shape: [], data: Float32Array.of(4) }],
  ["empty", { dtype: "F32", shape: [0, 5], data: new Float32Array() }],
]);

describe("a safetensors file", () => {
  it("gives back what was written", () => {
    writeFileSync(file, encodeSafetensors(tensors, { epoch: "3", näme: "wörd" }));
    const { tensors: read, metadata } = readSafetensors(file);
    expect(new Map([...read].sort())).toEqual(new Map([...tensors].sort()));
    expect(metadata).toEqual({ epoch: "3", näme: "wörd" });
  });

  it("begins its data at a multiple of 8, each tensor aligned for its type", () => {
    const bytes = Buffer.from(encodeSafetensors(tensors, { a: "x" }));
    const length = Number(bytes.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    expect([
      header["ids"]!.data_offsets[0] % 8,
      header["weight"]!.data_offsets[0] % 4,
      header["counts"]!.data_offsets[0] % 4,
    ]).toEqual([0, 0, 0]);
  });

  it("refuses to write data that are not of the type and shape", () => {
    expect(() => encodeSafetensors(new Map([["w", { dtype: "F32", shape: [3], data: new Float32Array(2) }]]))).toThrow(
      "'w' is said to be F32 [3]",
    );
    expect(() => encodeSafetensors(new Map([["w", { dtype: "F32", shape: [2], data: new Int32Array(2) }]]))).toThrow(
      "Int32Array",
    );
  });
});

describe("a damaged safetensors file", () => {
  const u8 = (from: number, to: number, shape = [to - from]) => ({ dtype: "U8", shape, data_offsets: [from, to] });

  function refuses(header: unknown, data: number, length?: bigint): void {
    const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(length ?? BigInt(json.length));
    writeFileSync(file, Buffer.concat([size, json, Buffer.alloc(data)]));
    expect(() => readSafetensors(file)).toThrow(UserError);
    expect(() => readSafetensors(file)).toThrow(/x\.safetensors: not a whole safetensors file/);
  }

  it.each([
    ["a header longer than the file", {}, 0, 1000n],
    ["a header of absurd length", {}, 0, 2n ** 63n],
    ["a header that is not JSON", "{", 0],
    ["a header that is no object", "[]", 0],
    ["an element type of another kind", { a: { ...u8(0, 4), dtype: "F8" } }, 4],
    ["a tensor without a shape", { a: { dtype: "U8", data_offsets: [0, 4] } }, 4],
    ["a tensor of nothing but words", { a: { dtype: "F32", shape: "x" } }, 0],
    ["a negative size", { a: u8(0, 4, [-2, -2]) }, 4],
    ["offsets outside the file", { a: u8(0, 8) }, 4],
    ["offsets the wrong way round", { a: u8(4, 0) }, 4],
    ["a shape that does not fill its offsets", { a: u8(0, 4, [5]) }, 4],
    ["tensors that overlap", { a: u8(0, 4), b: u8(2, 6) }, 6],
    ["a gap between tensors", { a: u8(0, 2), b: u8(4, 6) }, 6],
    ["bytes behind the last tensor", { a: u8(0, 2) }, 3],
    ["metadata that are no strings", { __metadata__: { a: 1 } }, 0],
  ])("is refused: %s", (_, header, data, length?: bigint) => refuses(header, data, length));

  it("is refused when cut short", () => {
    const whole = encodeSafetensors(tensors);
    for (const length of [0, 7, 8, 50, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, length));
      expect(() => readSafetensors(file)).toThrow(UserError);
    }
  });
});
