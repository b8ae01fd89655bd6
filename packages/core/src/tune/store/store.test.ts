import { describe, expect, it } from "vitest";
import { DamagedError } from "../errors.js";
import { memoryStore, readJson, readTensors, RunStore, requireKey, writeJson, writeTensors } from "./store.js";
import { joinedBytes } from "../../data/joined-bytes.js";
import { encodeSafetensors } from "./safetensors.js";
import { sealedTensors } from "./seal.js";

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);

describe("a store in memory", () => {
  it("lists its keys, those of stores within it too", async () => {
    const store = memoryStore();
    await store.within("tau-4").within("best").write("x.json", Uint8Array.of(1));
    await store.write("a", Uint8Array.of(2));
    expect(store.keys()).toEqual(["a", "tau-4/best/x.json"]);
  });
});

describe("a key", () => {
  it.each(["a", "tau-4/result.json", "tau-converged/..hidden", "a b/ü"])("may be '%s'", (key) => {
    expect(requireKey(key)).toBe(key);
  });
  it.each(["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a\\b", "C:/a", "a\0"])("may not be '%s'", (key) => {
    expect(() => requireKey(key)).toThrow(/cannot be a key/);
  });
});

describe("JSON in a store", () => {
  it("is pretty-printed, with null for numbers that JSON lacks", async () => {
    const store = memoryStore();
    await writeJson(store, "x.json", { a: [1, NaN, -Infinity], ä: "ö" });
    expect(text(await store.read("x.json"))).toMatch(
      /^\{\n {2}"a": \[\n {4}1,\n {4}null,\n {4}null\n {2}\],\n {2}"ä": "ö",\n/,
    );
    expect(await readJson(store, "x.json")).toEqual({ a: [1, null, null], ä: "ö" });
    expect(await readJson(store, "y.json")).toBeUndefined();
  });

  it("is refused when cut short, by its name and place", async () => {
    const store = memoryStore();
    await store.write("run/x.json", Uint8Array.of(0x7b));
    const reading = readJson(store.within("run"), "x.json");
    await expect(reading).rejects.toThrow(DamagedError);
    await expect(reading).rejects.toThrow(/^run\/x\.json: not whole JSON \(.*\); delete it and run again$/);
  });
});

describe("weights in a store", () => {
  it("come back by name, with their metadata", async () => {
    const store = memoryStore();
    const weights = new Map([
      ["b", Float32Array.of(1, NaN)],
      ["a", new Float32Array()],
    ]);
    await writeTensors(store, "w.safetensors", weights, { epoch: "3" });
    expect(await readTensors(store, "w.safetensors")).toEqual({ weights, metadata: { epoch: "3" } });
    expect(await readTensors(store, "none.safetensors")).toBeUndefined();
  });

  it("are the same bytes where a store takes them in parts", async () => {
    const [whole, apart] = [memoryStore(), memoryStore()];
    const weights = new Map([
      ["a", Float32Array.of(1, 2, 3)],
      ["b", Float32Array.of(4)],
    ] as const);
    await writeTensors(whole, "w", weights);
    let parts = 0;
    const store = {
      ...apart,
      writeParts: (key: string, given: readonly Uint8Array[]) => (
        (parts = given.length),
        apart.write(key, joinedBytes(given))
      ),
    };
    await writeTensors(new RunStore(store, ""), "w", weights);
    expect(parts).toBe(3);
    expect(await apart.read("w")).toEqual(await whole.read("w"));
  });

  it("are refused when damaged, or not weights", async () => {
    const store = memoryStore();
    await store.write("w", Uint8Array.of(1, 2));
    await expect(readTensors(store, "w")).rejects.toThrow("w: not a whole safetensors file (it is too short)");
    const bytes = new Map([["n", { dtype: "U8", shape: [1], data: Uint8Array.of(1) }]] as const);
    await store.write("w", encodeSafetensors(bytes));
    await expect(readTensors(store, "w")).rejects.toThrow("w: it has no checksum");
    await store.write("w", joinedBytes(await sealedTensors(bytes, {}, { key: "w" })));
    await expect(readTensors(store, "w")).rejects.toThrow("w: 'n' has elements of type U8");
  });
});
