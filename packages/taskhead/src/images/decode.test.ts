import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DecodeError, decodeImage } from "./decode.js";

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

  it("does not rotate by EXIF", async () => {
    expect(
      await decode(
        "turned.png",
        await picture(3)
          .withExif({ IFD0: { Orientation: "6" } })
          .png()
          .toBuffer(),
      ),
    ).toEqual([...pattern(3)]);
    const turned = await picture(3).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    await decode("turned.jpg", turned);
    expect(await decodeImage(join(dir, "turned.jpg"))).toMatchObject({ width, height });
  });

  it("ignores a colour profile", async () => {
    const file = await picture(3).withIccProfile("p3").png().toBuffer();
    const stored = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
    expect(await decode("p3.png", file)).toEqual([...stored]);
    expect([...(await sharp(file).raw().toBuffer())]).not.toEqual([...stored]);
  });

  it("turns CMYK into RGB by Pillow's formula", async () => {
    // 8×8 of one colour, so that the JPEG holds it exactly: Pillow reads (106, 86, 38).
    const flat = Buffer.from(cmykJpeg, "base64");
    expect(new Set((await decode("cmyk.jpg", flat)).map((v, i) => `${i % 3}:${v}`))).toEqual(
      new Set(["0:106", "1:86", "2:38"]),
    );
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

/** Made by Pillow: Image.new("CMYK", (8, 8), (100, 130, 200, 80)) saved with quality 100. */
const cmykJpeg =
  "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD7YrHr+bev14r/2Q==";
