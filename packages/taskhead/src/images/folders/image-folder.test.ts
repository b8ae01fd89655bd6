import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../files/errors.js";
import { scanImageFolder } from "./image-folder.js";

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "taskhead-folder-"))));
afterEach(() => rm(root, { recursive: true, force: true }));

async function touch(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), "");
  }
}

describe("scanning a folder", () => {
  it("sorts classes and paths by code unit, as Python's sorted() does", async () => {
    await touch(
      "b/2.png",
      "b/10.png",
      "B/x.jpg",
      "a-1/x.jpg",
      "a/x.jpg",
      "a/Y.jpg",
      "a/é.jpg",
      "a/x/1.jpg",
      "a/x-1.jpg",
    );
    const { outputs: classes, files } = await scanImageFolder(root);
    expect(classes).toEqual(["B", "a", "a-1", "b"]);
    expect(files.map((f) => f.path)).toEqual([
      "B/x.jpg",
      "a/Y.jpg",
      "a/x-1.jpg",
      "a/x.jpg",
      "a/x/1.jpg",
      "a/é.jpg",
      "a-1/x.jpg",
      "b/10.png",
      "b/2.png",
    ]);
    expect(files.map((f) => f.target)).toEqual([0, 1, 1, 1, 1, 1, 2, 3, 3]);
  });

  it("takes images in any case, nothing hidden, and counts the rest by class", async () => {
    const images = [
      "a/1.jpg",
      "a/2.JPEG",
      "a/3.Png",
      "a/4.webp",
      "a/5.GIF",
      "a/6.jfif",
      "a/7.jpe",
      "a/8.tif",
      "a/9.tiff",
    ];
    await touch(...images, "a/A.avif", "b/1.png", "b/2.HEIC");
    await touch("a/jpg", "a/.6.jpg", "a/.git/7.jpg", "a/x.bmp", "a/x.BMP", "a/in/y.psd", "a/.DS_Store", "a/Thumbs.db");
    await touch("b/._1.png", ".hidden/8.jpg", "9.jpg");
    const { outputs: classes, files, leftOut } = await scanImageFolder(root);
    expect(classes).toEqual(["a", "b"]);
    expect(files.map((f) => f.path)).toEqual([...images, "a/A.avif", "b/1.png", "b/2.HEIC"]);
    expect(leftOut).toEqual([
      { class: "a", kinds: { ".bmp": 2, ".psd": 1, "hidden .jpg": 1, "without extension": 1 } },
      { class: "b", kinds: { "hidden .png": 1 } },
    ]);
  });

  it.skipIf(process.platform === "win32")("follows links, but not in circles", async () => {
    await touch("a/1.jpg", "elsewhere/b/2.jpg", "elsewhere/3.jpg");
    const data = join(root, "data");
    await mkdir(join(data, "a"), { recursive: true });
    await symlink(join(root, "elsewhere", "b"), join(data, "b"));
    await symlink(join(root, "elsewhere", "3.jpg"), join(data, "a", "3.jpg"));
    await symlink(data, join(data, "a", "up"));
    await symlink(join(root, "nowhere.jpg"), join(data, "a", "dangling.jpg"));
    const { files, leftOut } = await scanImageFolder(data);
    expect(files.map((f) => f.path)).toEqual(["a/3.jpg", "b/2.jpg"]);
    expect(leftOut).toEqual([{ class: "a", kinds: { "broken link or pipe": 1 } }]);
  });

  it("says in one line what is wrong with a folder it cannot use", async () => {
    const wrong = async (path: string, message: RegExp): Promise<void> => {
      const error: unknown = await scanImageFolder(join(root, path)).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(UserError);
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).not.toContain("\n");
    };
    await touch("train.csv", "one/a/1.jpg", "none/1.jpg", "empty/a/1.jpg", "empty/b/readme.txt");
    await wrong("nowhere", /nowhere does not exist/);
    await wrong("train.csv/deeper", /does not exist/);
    await wrong("train.csv", /train\.csv is a file/);
    await wrong("one", /only one class folder, 'a'/);
    await wrong("none", /no class folder/);
    await wrong("empty", /class 'b' .* has no image \(.*\), only 1 \.txt; add/);
  });
});
