import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { rows } from "@taskhead/core/internals";
import { SpilledFeatures } from "./spilled-features.js";

let dir: string;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), "taskhead-spilled-"))));
afterAll(() => rm(dir, { recursive: true, force: true }));

const values = Float32Array.from({ length: 12 }, (_, i) => Math.fround(i / 7));

it("keeps rows in a file, fills a key once, and leaves nothing behind", async () => {
  const spilled = new SpilledFeatures(join(dir, "cache"));
  const fill = vi.fn(async (space: { set(row: Float32Array, at: number): void }) => {
    for (const n of [3, 0, 2, 1]) space.set(values.subarray(3 * n, 3 * n + 3), 3 * n);
  });
  const kept = await spilled.spill("a", { rows: 4, width: 3 }, fill);
  expect(kept.length).toBe(12);
  expect([...kept.subarray(3, 9)]).toEqual([...values.subarray(3, 9)]);
  expect([...rows(kept, 3, [2, 0])]).toEqual([...rows(values, 3, [2, 0])]);
  expect(() => kept.subarray(1, 4)).toThrow("does not begin a row");
  expect(await spilled.spill("a", { rows: 4, width: 3 }, fill)).toBe(kept);
  expect(fill).toHaveBeenCalledTimes(1);
  spilled.close();
  expect(await readdir(join(dir, "cache"))).toEqual([]);
});

it("forgets what could not be filled, and says where a folder cannot be written", async () => {
  const spilled = new SpilledFeatures(join(dir, "cache"));
  const failing = async () => Promise.reject(new Error("stopped"));
  await expect(spilled.spill("a", { rows: 1, width: 3 }, failing)).rejects.toThrow("stopped");
  const kept = await spilled.spill("a", { rows: 1, width: 3 }, async (space) => space.set(values.subarray(0, 3), 0));
  expect([...kept.subarray(0, 3)]).toEqual([...values.subarray(0, 3)]);
  spilled.close();
  await writeFile(join(dir, "occupied"), "");
  const nowhere = new SpilledFeatures(join(dir, "occupied"));
  await expect(nowhere.spill("a", { rows: 1, width: 3 }, failing)).rejects.toThrow(/cache folder .*occupied cannot be written/); // prettier-ignore
});
