import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { groupsOfImages, type Grouped } from "./groups.js";

let root: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), "taskhead-groups-"))));
afterAll(() => rm(root, { recursive: true }));

const paths = ["cat/1.png", "cat/2.png", "dog/3.png"];
const groups = async (csv: string, more: Partial<Grouped> = {}, asked = "patient") => {
  await writeFile(join(root, "metadata.csv"), csv);
  return groupsOfImages({ root, paths, labels: null, columns: [], training: true, ...more }, asked);
};

it("are those of the table beside the folders; what it leaves out has none", async () => {
  expect(await groups("file_name,patient\n./cat/1.png,a\ncat/1.png,\ndog/3.png,b\n")).toEqual(["a", undefined, "b"]);
});

it("an image with two of them is refused, as it would be on both sides", async () => {
  await expect(groups("file_name,patient\ncat/1.png,a\ncat/1.png,b\n")).rejects.toThrow(
    /metadata\.csv has 'cat\/1\.png' twice, with 'a' and 'b' as its 'patient'; leave one of them$/,
  );
});

it("training images of which none has one are refused, others are taken", async () => {
  const elsewhere = "file_name,patient\nimages/cat/1.png,a\n";
  await expect(groups(elsewhere)).rejects.toThrow(/^no image in .* has a 'patient' that says its group; fill it in, with the images' paths beside it as they are \(cat\/1\.png\)/); // prettier-ignore
  expect(await groups(elsewhere, { training: false })).toEqual([undefined, undefined, undefined]);
  await expect(groups("file_name,other\n", {}, "folder")).rejects.toThrow(/lies in a folder below that of its class/);
});

it("are what records of archives say, by the images' paths", async () => {
  const labels = join(root, "a.tar");
  const recorded = new Map([["cat/2.png", "a"]]);
  expect(await groups("", { labels, recorded })).toEqual([undefined, "a", undefined]);
  expect(await groups("", { labels, training: false })).toBeUndefined();
});
