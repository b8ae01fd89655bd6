import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../files/errors.js";
import { ImageStore } from "./image-store.js";

let dir: string;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), "taskhead-store-"))));
afterAll(() => rm(dir, { recursive: true, force: true }));

const shape = [3, 2, 2] as const;
const size = 12;
const image = (i: number): Uint8Array => Uint8Array.from({ length: size }, (_, k) => (i * 17 + k) % 256);

describe.each([
  ["in memory", 1000],
  ["in a file", 99],
])("a store %s", (place, memoryBudget) => {
  const make = (): Promise<ImageStore> =>
    ImageStore.create({ capacity: 20, shape, memoryBudget, cacheDir: join(dir, place) });

  it("gives back images in the order asked for, however they came", async () => {
    const store = await make();
    await Promise.all(Array.from({ length: 20 }, (_, i) => 19 - i).map((i) => store.put(i, image(i))));
    const out = new Uint8Array(4 * size);
    await store.gather([7, 0, 19, 7], out);
    expect([...out]).toEqual([7, 0, 19, 7].flatMap((i) => [...image(i)]));
    await store.close();
  });

  it("closes the gaps of images left out", async () => {
    const store = await make();
    for (const i of [1, 2, 5, 6]) await store.put(i, image(i));
    store.keep([1, 2, 5, 6]);
    store.keep([0, 2, 3]);
    expect(store.count).toBe(3);
    const out = new Uint8Array(3 * size);
    await store.gather([2, 1, 0], out);
    expect([...out]).toEqual([6, 5, 1].flatMap((i) => [...image(i)]));
    await expect(store.gather([3], out)).rejects.toThrow(RangeError);
    await store.close();
  });

  it("refuses an image or a buffer of another size", async () => {
    const store = await make();
    await expect(store.put(0, new Uint8Array(11))).rejects.toThrow("3×2×2");
    await expect(store.gather([0, 1], new Uint8Array(23))).rejects.toThrow("do not fit");
    await store.close();
  });

  it("leaves no file behind", async () => {
    const store = await make();
    await store.put(0, image(0));
    await store.close();
    expect(await readdir(join(dir, place)).catch(() => [])).toEqual([]);
  });
});

describe("a store that needs a file", () => {
  it("says so when the cache folder cannot be used", async () => {
    await writeFile(join(dir, "occupied"), "");
    const made = ImageStore.create({ capacity: 20, shape, memoryBudget: 0, cacheDir: join(dir, "occupied") });
    await expect(made).rejects.toThrow(UserError);
    await expect(made).rejects.toThrow(/cache folder .*occupied cannot be written/);
  });
});
