import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore } from "@taskhead/core";
import { beforeEach, expect, it } from "vitest";
import { tinyBackboneFile } from "../../../test/stripes.js";
import { UserError } from "../../files/errors.js";
import { FetchedFiles, putModel, putSamples, withinFolder } from "./files.js";
import { placeFiles } from "./place-files.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-files-"));
  await mkdir(join(root, "photos", "cat"), { recursive: true });
  await writeFile(join(root, "photos", "cat", "1.png"), "one");
  await writeFile(join(root, "photos", "labels.csv"), "file_name,a\n");
  return () => rm(root, { recursive: true });
});

it("brings samples and models over, each file once, under their names", async () => {
  const store = memoryStore();
  await mkdir(join(root, "m", "onnx"), { recursive: true });
  await tinyBackboneFile(join(root, "m", "onnx", "model.onnx"));
  await writeFile(join(root, "m", "config.json"), "{}");
  await writeFile(join(root, "m", "private.json"), "{}");
  const photos = await putSamples(store, join(root, "photos"));
  const model = await putModel(store, join(root, "m", "onnx", "model.onnx"));
  const before = store.keys();
  // Two samples; the model, what it is fed by and its configuration; two lists.
  expect(before).toHaveLength(7);
  expect(await putSamples(store, join(root, "photos"))).toEqual(photos);
  expect(store.keys()).toEqual(before);
  const fetched = new FetchedFiles(store, undefined, join(root, "cache"));
  const here = await fetched.path(photos);
  expect(await readFile(join(here, "cat", "1.png"), "utf8")).toBe("one");
  const there = await fetched.path(model);
  expect(there.endsWith(join("onnx", "model.onnx"))).toBe(true);
  expect(await readFile(join(there, "..", "..", "config.json"), "utf8")).toBe("{}");
  // Once fetched it is there, whatever becomes of the store.
  expect(await new FetchedFiles(memoryStore(), undefined, join(root, "cache")).path(photos)).toBe(here);
});

it("brings the images over that a table names, and all archives of a pattern", async () => {
  const store = memoryStore();
  await writeFile(join(root, "photos", "t.csv"), "path,label\ncat/1.png,a\ncat/9.png,b\n");
  await writeFile(join(root, "photos", "cat", "unnamed.png"), "two");
  for (const name of ["s-0.tar", "s-1.tar", "s-2.tar", "classes.txt"])
    await writeFile(join(root, "photos", name), name);
  const fetched = new FetchedFiles(store, undefined, join(root, "cache"));
  const table = await fetched.path(await putSamples(store, join(root, "photos", "t.csv"), true));
  const beside = async (path: string) => (await readdir(join(path, ".."))).toSorted();
  expect(await beside(table)).toEqual(["cat", "classes.txt", "t.csv"]);
  expect(await readdir(join(table, "..", "cat"))).toEqual(["1.png"]);
  const shards = await fetched.path(await putSamples(store, join(root, "photos", "s-{0..1}.tar"), true));
  expect(shards.endsWith("s-{0..1}.tar")).toBe(true);
  expect(await beside(shards)).toEqual(["classes.txt", "s-0.tar", "s-1.tar"]);
});

it("refuses what is not what its hash says, or not there", async () => {
  const store = memoryStore();
  const photos = await putSamples(store, join(root, "photos"));
  const fetch = (from = store) => new FetchedFiles(from, undefined, join(root, "cache")).path(photos);
  await expect(fetch(memoryStore())).rejects.toThrow(/^files\/\w+.json is missing: [^\n]* give it the sweep's$/);
  for (const key of store.keys().filter((name) => !name.endsWith(".json"))) await store.write(key, Uint8Array.of(1));
  await expect(fetch()).rejects.toThrow(UserError);
  await expect(fetch()).rejects.toThrow(/is damaged: its SHA-256 is another/);
});

it("leaves what lies in the folder of the store where it is, and labels with their images", async () => {
  expect(withinFolder(root, join(root, "photos", "cat"))).toEqual({ inStore: "photos/cat" });
  for (const outside of [root, join(root, ".."), join(root, "..", "x")])
    expect(withinFolder(root, outside)).toBeUndefined();
  const store = memoryStore();
  const [train, labels] = [join(root, "photos"), join(root, "photos", "labels.csv")];
  await tinyBackboneFile(join(root, "m.onnx"));
  const groups = [{ train, labels, backbone: join(root, "m.onnx"), ood: [train] }] as never;
  const files = await placeFiles(groups, { store, shown: "", close() {} });
  expect(files.labels).toEqual({ list: (files.train as { list: string }).list, path: "photos/labels.csv" });
  expect(files.ood).toEqual([files.train]);
  const inPlace = await placeFiles(groups, { store: memoryStore(), folder: root, shown: "", close() {} });
  expect(inPlace).toMatchObject({ train: { inStore: "photos" }, backbone: { inStore: "m.onnx" } });
  const worker = new FetchedFiles(store, "/mnt/elsewhere", join(root, "cache"));
  expect(await worker.path(inPlace.train)).toBe(join("/mnt/elsewhere", "photos"));
  await expect(new FetchedFiles(store, undefined, root).path(inPlace.train)).rejects.toThrow(
    /give it the same --store/,
  );
});
