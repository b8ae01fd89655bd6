import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { thumbnail } from "./thumbnail.js";

let folder = "";
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "thumbnail-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

test("is a small JPEG of the whole picture, never enlarged; nothing for what is no picture", async () => {
  const draw = async (width: number, height: number): Promise<string> => {
    const path = join(folder, `${width}.png`);
    await sharp({ create: { width, height, channels: 3, background: "#c40" } })
      .png()
      .toFile(path);
    return path;
  };
  const sizeOf = async (path: string): Promise<[number, number]> => {
    const uri = (await thumbnail(path))!;
    expect(uri).toMatch(/^data:image\/jpeg;base64,/);
    const { width, height } = await sharp(Buffer.from(uri.split(",")[1]!, "base64")).metadata();
    return [width, height];
  };
  expect(await sizeOf(await draw(600, 300))).toEqual([144, 72]);
  expect(await sizeOf(await draw(32, 32))).toEqual([32, 32]);
  await writeFile(join(folder, "no.png"), "no picture");
  expect(await thumbnail(join(folder, "no.png"))).toBeNull();
  expect(await thumbnail(join(folder, "gone.png"))).toBeNull();
});
