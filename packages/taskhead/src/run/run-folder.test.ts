import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
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

it("removes what a run that was killed long ago had begun to write, and nothing that may be under way", async () => {
  const path = await mkdtemp(join(tmpdir(), "taskhead-run-folder-"));
  try {
    await openRunFolder(path, {});
    await mkdir(join(path, "tau-4"));
    const old = new Date(Date.now() - 2 * 3_600_000);
    for (const name of ["trace.safetensors.4711-0123abcd.tmp", "best.safetensors"]) {
      await writeFile(join(path, "tau-4", name), "");
      await utimes(join(path, "tau-4", name), old, old);
    }
    await writeFile(join(path, "tau-4", "checkpoint.safetensors.4711-0123abcd.tmp"), "");
    await openRunFolder(path, {});
    expect((await readdir(join(path, "tau-4"))).sort()).toEqual([
      "best.safetensors",
      "checkpoint.safetensors.4711-0123abcd.tmp",
    ]);
  } finally {
    await rm(path, { recursive: true });
  }
});
