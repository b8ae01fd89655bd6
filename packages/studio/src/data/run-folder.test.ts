import { memoryStore, runOf, RunStore, writeJson } from "@taskhead/core/internals";
import { expect, test } from "vitest";
import { holdsRun, openRun } from "./run-folder.js";
import type { PlacedFile } from "./placed-file.js";

/** The files of a run, as they are kept. */
async function folder(results: object): Promise<PlacedFile[]> {
  const store = memoryStore();
  const configuration = { seed: 0 };
  const own = new RunStore(store, await runOf(configuration));
  await writeJson(own, "run.json", { configuration });
  await writeJson(own, "results.json", results);
  const bytes = async (key: string): Promise<Blob> => new Blob([(await store.read(key)) as Uint8Array<ArrayBuffer>]);
  return [
    { path: "/runs/a/run.json", file: await bytes("run.json") },
    { path: "/runs/a/results.json", file: await bytes("results.json") },
    { path: "/runs/a/model/results.json", file: new Blob(["{}"]) },
  ];
}

test("the folder of a run or a sweep opens with its results", async () => {
  const files = await folder({ rows: [], taskheadVersion: "0.1.0" });
  expect(holdsRun(files)).toBe(true);
  expect(holdsRun(files.slice(0, 1))).toBe(false);
  expect(await openRun(files)).toMatchObject({ name: "a", results: { rows: [] }, pictures: null });
  const sweep = await folder({ rows: [], rungs: [] });
  expect(await openRun(sweep)).toMatchObject({ results: { rungs: [] } });
});

test("one that was changed, or is of another command, is refused in a line", async () => {
  const files = await folder({ rows: [], score: 1 });
  const text = (await files[1]!.file.text()).replace('"score": 1', '"score": 2').replace('"score":1', '"score":2');
  await expect(openRun([files[0]!, { ...files[1]!, file: new Blob([text]) }])).rejects.toThrow(
    /results\.json: .+; run/,
  );
  await expect(openRun(await folder({ probing: [] }))).rejects.toThrow("another command");
});
