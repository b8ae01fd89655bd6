import { describe, expect, it } from "vitest";
import { random } from "../../data/random.js";
import { claim, readConfiguration } from "../configuration.js";
import { DamagedError } from "../errors.js";
import { decodeSafetensors } from "./safetensors.js";
import { memoryStore, readJson, readTensors, RunStore, writeJson, writeTensors, type MemoryStore } from "./store.js";

const weights = new Map([
  ["a", Float32Array.of(1, -2.5, 3e-8)],
  ["ü", Float32Array.of(0, -0, NaN, Infinity)],
]);
const content = { tau: 4, score: 0.1 + 0.2, name: "Katze", epochs: [{ epoch: 1, loss: 0.5 }], none: null };

async function written(run = "one"): Promise<{ memory: MemoryStore; store: RunStore }> {
  const memory = memoryStore();
  const store = new RunStore(memory, run).within("tau-4");
  await writeJson(store, "result.json", content);
  await writeTensors(store, "best.safetensors", weights, { seconds: "1.5" });
  return { memory, store };
}

describe("what is sealed", () => {
  it("comes back as it was, and is JSON and safetensors for others", async () => {
    const { memory, store } = await written();
    expect(await readJson(store, "result.json")).toEqual(content);
    expect(await readTensors(store, "best.safetensors")).toEqual({ weights, metadata: { seconds: "1.5" } });
    const json = JSON.parse(new TextDecoder().decode(await memory.read("tau-4/result.json"))) as object;
    expect(json).toEqual({ ...content, seal: { run: "one", key: "tau-4/result.json", sha256: expect.any(String) } });
    const plain = decodeSafetensors((await memory.read("tau-4/best.safetensors"))!, "");
    expect(plain.metadata).toMatchObject({ seconds: "1.5", run: "one", key: "tau-4/best.safetensors" });
    expect(plain.tensors.get("a")!.data).toEqual(weights.get("a"));
  });

  it("may be laid out anew where it is JSON", async () => {
    const { memory, store } = await written();
    const json = JSON.parse(new TextDecoder().decode(await memory.read("tau-4/result.json"))) as object;
    await memory.write("tau-4/result.json", new TextEncoder().encode(JSON.stringify(json)));
    expect(await readJson(store, "result.json")).toEqual(content);
  });

  it("is refused with any bit of it changed, unless it means the same, and with any part missing", async () => {
    const { memory, store } = await written();
    const read = { "result.json": readJson, "best.safetensors": readTensors };
    for (const [key, reading] of Object.entries(read)) {
      const whole = (await memory.read(`tau-4/${key}`))!;
      const right = await reading(store, key);
      const outcome = async (bytes: Uint8Array): Promise<void> => {
        await memory.write(`tau-4/${key}`, bytes);
        const found = await reading(store, key).catch((error: unknown) => error);
        if (!(found instanceof DamagedError)) expect(found).toEqual(right);
      };
      for (let at = 0; at < whole.length; at++)
        await outcome(whole.map((byte, i) => (i === at ? byte ^ (1 << random(at).integer(0, 7)) : byte)));
      for (const length of [0, 1, 8, 100, whole.length - 2]) {
        await memory.write(`tau-4/${key}`, whole.subarray(0, length));
        await expect(reading(store, key)).rejects.toThrow(DamagedError);
      }
    }
  });

  it("is refused of another run, and at another place", async () => {
    const [one, other] = [await written("one"), await written("two")];
    for (const key of ["result.json", "best.safetensors"] as const) {
      const bytes = (await other.memory.read(`tau-4/${key}`))!;
      await one.memory.write(`tau-4/${key}`, bytes);
      await one.memory.write(`tau-2/${key}`, bytes);
    }
    await expect(readJson(one.store, "result.json")).rejects.toThrow("tau-4/result.json: it belongs to another run");
    await expect(readTensors(one.store, "best.safetensors")).rejects.toThrow("it belongs to another run");
    const at = new RunStore(one.memory, "two").within("tau-2");
    await expect(readJson(at, "result.json")).rejects.toThrow("it was written as tau-4/result.json");
    await expect(readTensors(at, "best.safetensors")).rejects.toThrow("it was written as tau-4/best.safetensors");
    const anyRun = new RunStore(one.memory, undefined, "");
    expect(await readJson(anyRun.within("tau-4"), "result.json")).toEqual(content);
  });
});

describe("a run", () => {
  it("has the store that has its configuration; what is not set may be left out", async () => {
    const memory = memoryStore();
    const first = await claim(memory, { a: 1, b: null });
    if (!("store" in first)) throw new Error("refused");
    await writeJson(first.store, "x.json", content);
    const again = await claim(memory, { b: null, a: 1, c: null });
    if (!("store" in again)) throw new Error("refused");
    expect(await readJson(again.store, "x.json")).toEqual(content);
    expect(await claim(memory, { a: 2 })).toEqual({ difference: "a is 1 there and 2 here" });
    const other = await claim(memoryStore(), { a: 2 });
    expect("store" in other && other.store.run).not.toBe(first.store.run);
  });

  it("is one of two that begin in the same moment, and the other is told whose the store is", async () => {
    const memory = memoryStore();
    const both = await Promise.all([claim(memory, { a: 1 }), claim(memory, { a: 2 })]);
    const refused = both.filter((one) => "difference" in one);
    expect(refused).toHaveLength(1);
    const { a } = (await readConfiguration(memory))!;
    expect(refused[0]).toEqual({ difference: a === 1 ? "a is 1 there and 2 here" : "a is 2 there and 1 here" });
    const alike = await Promise.all([claim(memoryStore(), { a: 1 }), claim(memoryStore(), { a: 1 })]);
    expect(alike.every((one) => "store" in one)).toBe(true);
  });

  it("cannot go on where its configuration is damaged", async () => {
    const memory = memoryStore();
    await claim(memory, { a: 1 });
    await memory.write("run.json", new TextEncoder().encode("{}"));
    await expect(readConfiguration(memory)).rejects.toThrow(
      /^run\.json: it has no checksum.*; start afresh, with another/,
    );
    await expect(claim(memory, { a: 1 })).rejects.toThrow(DamagedError);
  });
});
