import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openRunFolder } from "./run-folder.js";

it("takes a folder in which a run was killed as it began, and no other that holds something", async () => {
  const path = await mkdtemp(join(tmpdir(), "taskhead-run-folder-"));
  try {
    await writeFile(join(path, "run.json.4711-0123abcd.tmp"), '{"conf');
    await openRunFolder(path, { "--seed": "0" });
    await rm(join(path, "run.json"));
    await writeFile(join(path, "notes.tmp"), "");
    await expect(openRunFolder(path, { "--seed": "0" })).rejects.toThrow(/not a run folder \(it holds notes\.tmp\);/);
  } finally {
    await rm(path, { recursive: true });
  }
});
