import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { refusable } from "./refusable.js";
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

it("is nobody's again where the run is refused before it kept anything", async () => {
  const root = await mkdtemp(join(tmpdir(), "taskhead-run-folder-"));
  const given = join(root, "given");
  const refused = (path: string, seed: string, signal?: AbortSignal) =>
    refusable(signal, async (open) => {
      await open(path, { "--seed": seed });
      const fold = await open(join(path, "fold-1"), {});
      if (seed === "2") await fold.write("probe.json", Uint8Array.of(1));
      throw new Error(`seed ${seed} is refused`);
    });
  try {
    await mkdir(given);
    for (const path of [given, join(root, "new")])
      for (const seed of ["0", "1"]) await expect(refused(path, seed)).rejects.toThrow(`seed ${seed} is refused`);
    expect(await readdir(root)).toEqual(["given"]);
    // What was stopped goes on, and so does what kept something.
    await expect(refused(given, "0", AbortSignal.abort())).rejects.toThrow("seed 0");
    await expect(refused(given, "1")).rejects.toThrow("--seed is 0 there and 1 here");
    await rm(given, { recursive: true });
    await expect(refused(given, "2")).rejects.toThrow("seed 2");
    expect((await readdir(given)).sort()).toEqual(["fold-1", "run.json"]);
  } finally {
    await rm(root, { recursive: true });
  }
});
