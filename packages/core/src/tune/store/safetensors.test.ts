import { describe, expect, it } from "vitest";
import { DamagedError } from "../errors.js";
import { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from "./safetensors.js";

const decode = (bytes: Uint8Array) => decodeSafetensors(bytes, "x.safetensors");

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
    const { tensors: read, metadata } = decode(encodeSafetensors(tensors, { epoch: "3", näme: "wörd" }));
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

  it("has these bytes", () => {
    const bytes = encodeSafetensors(
      new Map<string, SafetensorsEntry>([
        ["b", { dtype: "U8", shape: [1], data: Uint8Array.of(7) }],
        ["wörd", { dtype: "F32", shape: [1], data: Float32Array.of(1) }],
      ]),
      { epoch: "3" },
    );
    const header =
      '{"__metadata__":{"epoch":"3"},"wörd":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}}';
    expect(Buffer.from(bytes).toString("latin1")).toBe(
      `\x90\0\0\0\0\0\0\0${Buffer.from(header.padEnd(143)).toString("latin1")}\0\0\x80\x3f\x07`,
    );
  });

  it("is read from within other bytes, into copies", () => {
    const whole = encodeSafetensors(tensors);
    const around = Buffer.alloc(whole.length + 20);
    around.set(whole, 13);
    const { tensors: read } = decode(around.subarray(13, 13 + whole.length));
    around.fill(0);
    expect(new Map([...read].sort())).toEqual(new Map([...tensors].sort()));
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
    const bytes = Buffer.concat([size, json, Buffer.alloc(data)]);
    expect(() => decode(bytes)).toThrow(DamagedError);
    expect(() => decode(bytes)).toThrow(
      /^x\.safetensors: not a whole safetensors file \(.*\); delete it and run again$/,
    );
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
    ["offsets of three", { a: { ...u8(0, 4), data_offsets: [0, 4, 4] } }, 4],
    ["a fraction of a size", { a: u8(0, 4, [2.5, 1.6]) }, 4],
    ["an element type of JavaScript's own", { a: { ...u8(0, 0), dtype: "constructor" } }, 0],
    ["a tensor that is null", { a: null }, 0],
    ["a byte-order mark", "\ufeff{}", 0],
    ["metadata that are a list", { __metadata__: [] }, 0],
    ["metadata that are no strings", { __metadata__: { a: 1 } }, 0],
  ])("is refused: %s", (_, header, data, length?: bigint) => refuses(header, data, length));

  it("is refused when cut short", () => {
    const whole = encodeSafetensors(tensors);
    for (const length of [0, 7, 8, 50, whole.length - 1]) {
      expect(() => decode(whole.subarray(0, length))).toThrow(DamagedError);
    }
  });
});
