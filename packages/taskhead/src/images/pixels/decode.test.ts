import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { heicReason } from "../../data/skips.js";
import { UserError } from "../../files/errors.js";
import { DecodeError, decodeImage, openImage } from "./decode.js";
import { fingerprint } from "./fingerprint.js";
import { tiffPages } from "./tiff-pages.js";

let dir: string;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), "taskhead-decode-"))));
afterAll(() => rm(dir, { recursive: true, force: true }));

const width = 5;
const height = 4;

/** A pattern of bytes, [height, width, channels]. */
function pattern(channels: number): Uint8Array {
  return Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 41 + (i % channels) * 29) % 256);
}

function picture(channels: 1 | 3 | 4) {
  return sharp(pattern(channels), { raw: { width, height, channels } });
}

async function decode(name: string, content: Uint8Array): Promise<number[]> {
  await writeFile(join(dir, name), content);
  const decoded = await decodeImage(join(dir, name));
  expect(decoded.data.length).toBe(3 * decoded.width * decoded.height);
  return [...decoded.data];
}

describe("decoding", () => {
  it("refuses a file that no longer holds what it held, which no picture is left out for", async () => {
    await sharp({ create: { width: 2, height: 2, channels: 3, background: "red" } })
      .png()
      .toFile(join(dir, "marked.png"));
    const { contents } = await fingerprint(dir, [{ path: "marked.png" }]);
    expect(await (await openImage({ path: join(dir, "marked.png") }, contents[0])).decode()).toMatchObject({
      width: 2,
    });
    const error: unknown = await openImage({ path: join(dir, "marked.png") }, "0".repeat(64)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect(error).not.toBeInstanceOf(DecodeError);
    expect((error as Error).message).toMatch(
      /marked\.png has changed since this run began; run the same command again$/,
    );
  });

  it("gives interleaved RGB bytes", async () => {
    expect(await decode("rgb.png", await picture(3).png().toBuffer())).toEqual([...pattern(3)]);
    expect(await decode("rgb.webp", await picture(3).webp({ lossless: true }).toBuffer())).toEqual([...pattern(3)]);
    expect(await decodeImage(join(dir, "rgb.png"))).toMatchObject({ width, height });
  });

  it("drops alpha without blending", async () => {
    const rgba = pattern(4);
    const opaque = [...rgba].filter((_, i) => i % 4 !== 3);
    expect(await decode("rgba.png", await picture(4).png().toBuffer())).toEqual(opaque);
  });

  it("repeats grey for each channel, and keeps the upper byte of 16 bits", async () => {
    const grey = [...pattern(1)].flatMap((v) => [v, v, v]);
    expect(await decode("grey.png", await picture(1).toColourspace("b-w").png().toBuffer())).toEqual(grey);
    const wide = Uint16Array.from(pattern(1), (v, i) => v * 256 + ((i * 97) % 256));
    const raw = { width, height, channels: 1 as const };
    const file = await sharp(wide, { raw }).toColourspace("grey16").png().toBuffer();
    expect((await sharp(file).metadata()).depth).toBe("ushort");
    expect(await decode("grey16.png", file)).toEqual(grey);
  });

  it("turns pictures upright", async () => {
    await decode("turned.jpg", await picture(3).withMetadata({ orientation: 6 }).jpeg().toBuffer());
    expect(await decodeImage(join(dir, "turned.jpg"))).toMatchObject({ width: height, height: width });
  });

  it("converts to sRGB by a colour profile", async () => {
    const file = await picture(3).withIccProfile("p3").png().toBuffer();
    const stored = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
    const differences = (await decode("p3.png", file)).map((v, i) => Math.abs(v - pattern(3)[i]!));
    // Gamuts differ: what Display P3 cannot hold is clipped on the way there.
    expect(differences.filter((d) => d > 3).length).toBeLessThan(differences.length / 4);
    expect(await decode("p3.png", file)).not.toEqual([...stored]);
  });

  it("takes the first frame of an animation", async () => {
    const frames = new Uint8Array([...pattern(3), ...pattern(3).map((v) => 255 - v)]);
    const file = await sharp(frames, { raw: { width, height: 2 * height, channels: 3, pageHeight: height } })
      .webp({ lossless: true })
      .toBuffer();
    expect((await sharp(file).metadata()).pages).toBe(2);
    expect(await decode("moving.webp", file)).toEqual([...pattern(3)]);
  });

  it("refuses what is truncated, no image, or missing, naming the file in one line", async () => {
    const big = sharp({
      create: {
        width: 200,
        height: 100,
        channels: 3,
        background: "red",
        noise: { type: "gaussian", mean: 128, sigma: 50 },
      },
    });
    const refuses = async (name: string, content?: Uint8Array): Promise<void> => {
      if (content) await writeFile(join(dir, name), content);
      const error: unknown = await decodeImage(join(dir, name)).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(DecodeError);
      expect((error as DecodeError).message).toContain(name);
      expect((error as DecodeError).message).not.toContain("\n");
    };
    for (const format of ["jpeg", "png", "webp"] as const) {
      const whole = await big.clone().toFormat(format).toBuffer();
      await refuses(`half.${format}`, whole.subarray(0, whole.length / 2));
      await refuses(`tail.${format}`, whole.subarray(0, whole.length - 20));
    }
    await refuses("empty.jpg", new Uint8Array());
    await refuses("text.png", await readFile(new URL(import.meta.url)));
    await refuses("missing.jpg");
  });
});

describe("what only seems to be a picture", () => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="15000" height="15000"><rect width="9" height="9"/></svg>`;
  const ftyp = (brand: string): string => `\0\0\0\x18ftyp${brand}\0\0\0\0mif1${brand}`;

  it.each([
    ["drawing.png", svg, "it is an SVG"],
    ["drawing.jpg", `\xef\xbb\xbf<?xml version="1.0"?><!-- ${"x".repeat(500)} -->\n${svg}`, "it is an SVG"],
    ["zipped.png", "\x1f\x8b\x08\0", "gzip"],
    ["document.jpg", "%PDF-1.7\n", "it is a PDF"],
    ["bitmap.jpg", `BM${"\0".repeat(60)}`, "it is a BMP"],
    ["phone.jpg", ftyp("heic"), heicReason],
    ["phone.heic", ftyp("mif1"), "convert it with heif-convert"],
    ["film.gif", ftyp("isom").replaceAll("mif1", "mp41"), "no picture"],
    ["download.jpg", "<!DOCTYPE html><html>", "it is a web page"],
    ["pointer.png", "version https://git-lfs.github.com/spec/v1\n", "git lfs pull"],
    ["gif-drawing.gif", `GIF89a${svg}`, "gifload"],
    ["tiff-drawing.tif", `II*\0${svg}`, "damaged or cut short"],
    ["webp-drawing.webp", `RIFF\0\0\0\0WEBP${svg}`, "webp"],
    ["avif-drawing.avif", `${ftyp("avif")}${svg}`, ""],
  ])("%s is refused by its first bytes, whatever its name", async (name, content, reason) => {
    await writeFile(join(dir, name), Buffer.from(content, "latin1"));
    const before = process.cpuUsage();
    const error: unknown = await decodeImage(join(dir, name)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DecodeError);
    expect((error as DecodeError).reason).toContain(reason);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(1);
  });

  it("a header that claims too many pixels is refused before they are decoded, with their number", async () => {
    const png = await picture(3).png().toBuffer();
    png.writeUInt32BE(60000, 16);
    png.writeUInt32BE(1200, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    await writeFile(join(dir, "claims.png"), png);
    await expect(decodeImage(join(dir, "claims.png"))).rejects.toThrow(
      "it has 60000 × 1200 pixels, more than the 67 million",
    );
  });

  it("a header that says nothing of use is called damaged", async () => {
    const png = await picture(3).png().toBuffer();
    png.writeUInt32BE(0x7fffffff, 16);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    await writeFile(join(dir, "header.png"), png);
    await expect(decodeImage(join(dir, "header.png"))).rejects.toThrow(
      "cannot be decoded (damaged or cut short); replace",
    );
  });

  it("a TIFF of very many pages is refused before libvips reads them", async () => {
    const pages = 10_000;
    const directory = (next: number): Buffer => {
      const bytes = Buffer.alloc(18);
      bytes.writeUInt16LE(1);
      bytes.writeUInt32LE(next, 14);
      return bytes;
    };
    const chain = Array.from({ length: pages }, (_, i) => directory(i < pages - 1 ? 8 + 18 * (i + 1) : 0));
    const file = Buffer.concat([Buffer.from("II*\0\x08\0\0\0", "latin1"), ...chain]);
    expect(tiffPages(file, 1e6)).toBe(pages);
    expect(tiffPages(await picture(3).tiff().toBuffer(), 100)).toBe(1);
    expect(tiffPages(await picture(3).tiff({ bigtiff: true }).toBuffer(), 100)).toBe(1);
    await writeFile(join(dir, "pages.tif"), file);
    await expect(decodeImage(join(dir, "pages.tif"))).rejects.toThrow("10,000 pages or more");
  });

  it("a TIFF that lacks rows is refused", async () => {
    // The height is an entry of the directory; libvips would leave the missing rows as they are.
    const file = await picture(3).tiff({ compression: "none" }).toBuffer();
    const at = file.readUInt32LE(4);
    const entries = Array.from({ length: file.readUInt16LE(at) }, (_, i) => at + 2 + 12 * i);
    for (const entry of entries)
      if ([257, 278].includes(file.readUInt16LE(entry))) {
        file.writeUInt16LE(4, entry + 2);
        file.writeUInt32LE(4000, entry + 8);
      }
    await writeFile(join(dir, "rows.tif"), file);
    await expect(decodeImage(join(dir, "rows.tif"))).rejects.toThrow(DecodeError);
  });

  it("a folder is refused", () => expect(decodeImage(dir)).rejects.toThrow("it is a folder"));

  it.skipIf(process.platform === "win32")("a pipe is not waited for", async () => {
    execFileSync("mkfifo", [join(dir, "pipe.png")]);
    await expect(decodeImage(join(dir, "pipe.png"))).rejects.toThrow("not a regular file");
  });
});
