/** Small pictures in every format that is read, with all that may stand between a file and its pixels; and a model for them. */
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { float32, GraphBuilder, writeModel, type Model } from "@taskhead/autograd";
import { modelFolderFiles, plainPreprocessing, servedModel } from "@taskhead/core/internals";
import sharp, { type Sharp } from "sharp";
import { adobeRgb, iccProfile } from "./icc-profile.js";

/**
 * What a browser's transformers.js makes of a file: by how much, of 255, a pixel may differ from the one that it makes in
 * Node, where that is little. CMYK, PNG's gamma, the orientation of WebP and what lies under full transparency it reads otherwise.
 */
export type InBrowser = number | "differs" | "unread";

export interface Picture {
  name: string;
  content: Buffer;
  browser: InBrowser;
}

/** The classes of the model. */
export const pictureClasses = ["a", "b", "c", "d"];

/** Decoders and colour conversions round in their ways. */
const rounded = 2;
/** Browsers keep colours multiplied by alpha: the less opaque, the coarser. */
const premultiplied = 16;

const [width, height] = [24, 16];
type Channels = 1 | 2 | 3 | 4;

/** Slopes with a step in them, different in each channel, [height, width, channels]; `most` is white. */
function values(channels: Channels, most: number): number[] {
  return Array.from({ length: width * height * channels }, (_, i) => {
    const [x, y, c] = [Math.floor(i / channels) % width, Math.floor(i / channels / width), i % channels];
    const slope = [x / width, y / height, 1 - x / width, 0.3 + (0.7 * y) / height][c]!;
    return Math.round(most * (0.1 + 0.8 * (x + 2 * y > 30 ? 1 - slope : slope)));
  });
}

function drawn(channels: Channels): Sharp {
  const picture = sharp(Uint8Array.from(values(channels, 255)), { raw: { width, height, channels } });
  return channels < 3 ? picture.toColourspace("b-w") : picture;
}

function drawn16(channels: Channels): Sharp {
  const picture = sharp(Uint16Array.from(values(channels, 65535)), { raw: { width, height, channels } });
  return picture.toColourspace(channels < 3 ? "grey16" : "rgb16");
}

/** With full transparency on the left. */
function clear(): Sharp {
  const rgba = values(4, 255).map((v, i) => (i % 4 < 3 ? v : ((i - 3) / 4) % width < width / 2 ? 0 : 255));
  return sharp(Uint8Array.from(rgba), { raw: { width, height, channels: 4 } });
}

/** Three frames, one below the other. */
function moving(): Sharp {
  const frames = [0, 60, 120].flatMap((shift) => values(3, 255).map((v) => (v + shift) % 256));
  return sharp(Uint8Array.from(frames), { raw: { width, height: 3 * height, channels: 3, pageHeight: height } });
}

/** A PNG with one more chunk after its header. */
async function withChunk(png: Sharp, type: string, content: Buffer): Promise<Buffer> {
  const file = await png.png().toBuffer();
  const named = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([file.subarray(0, 33), length, named, check, file.subarray(33)]);
}

/** All of them. */
export async function pictures(): Promise<Picture[]> {
  const profiles = await mkdtemp(join(tmpdir(), "pictures-"));
  const profile = (name: string, content: Buffer): string => {
    writeFileSync(join(profiles, name), content);
    return join(profiles, name);
  };
  const adobe = profile("adobe.icc", adobeRgb());
  const grey = profile("grey.icc", iccProfile(1.8));
  const turned = (orientation: number): Sharp => drawn(3).withMetadata({ orientation });
  const gamma = Buffer.alloc(4);
  gamma.writeUInt32BE(100000);
  const lossless = { lossless: true, exact: true };
  const fine = { quality: 95, chromaSubsampling: "4:4:4" };

  const all: [name: string, browser: InBrowser, content: Sharp | Promise<Buffer> | Buffer][] = [
    ["plain.jpg", rounded, drawn(3).jpeg(fine)],
    ["subsampled.jpg", rounded, drawn(3).jpeg({ quality: 80 })],
    ["progressive.jpg", rounded, drawn(3).jpeg({ ...fine, progressive: true })],
    ["grey.jpg", rounded, drawn(1).jpeg(fine)],
    ["cmyk.jpg", "differs", drawn(3).toColourspace("cmyk").jpeg(fine)],
    ["cmyk-with-profile.jpg", "differs", drawn(3).withIccProfile("cmyk").jpeg(fine)],
    ["adobe-cmyk.jpg", "differs", Buffer.from(adobeCmyk, "base64")],
    ["display-p3.jpg", rounded, drawn(3).withIccProfile("p3").jpeg(fine)],
    ["adobe-rgb.jpg", rounded, drawn(3).withIccProfile(adobe).jpeg(fine)],
    ["grey-profile.jpg", rounded, drawn(1).withIccProfile(grey).jpeg(fine)],
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((o): [string, InBrowser, Sharp] => [
      `turned-${o}.jpg`,
      rounded,
      turned(o).jpeg(fine),
    ]),
    ["turned-p3.jpg", rounded, turned(6).withIccProfile("p3").jpeg(fine)],
    ["named.jfif", rounded, drawn(3).jpeg(fine)],
    ["plain.png", rounded, drawn(3).png()],
    ["interlaced.png", rounded, drawn(3).png({ progressive: true })],
    ["palette.png", rounded, drawn(3).png({ palette: true })],
    ["two-colours.png", rounded, drawn(3).png({ palette: true, colours: 2 })],
    ["palette-alpha.png", premultiplied, drawn(4).png({ palette: true })],
    ["grey.png", rounded, drawn(1).png()],
    ["grey-alpha.png", premultiplied, drawn(2).png()],
    ["alpha.png", premultiplied, drawn(4).png()],
    ["clear.png", "differs", clear().png()],
    ["16-bit.png", rounded, drawn16(3).png()],
    ["16-bit-alpha.png", premultiplied, drawn16(4).png()],
    ["16-bit-grey.png", rounded, drawn16(1).png()],
    ["display-p3.png", rounded, drawn(3).withIccProfile("p3").png()],
    ["adobe-rgb.png", rounded, drawn(3).withIccProfile(adobe).png()],
    ["grey-profile.png", rounded, drawn(1).withIccProfile(grey).png()],
    ["gamma.png", "differs", withChunk(drawn(3), "gAMA", gamma)],
    ["turned.png", rounded, turned(6).png()],
    ["plain.webp", rounded, drawn(3).webp({ quality: 95 })],
    ["lossless.webp", rounded, drawn(3).webp(lossless)],
    ["alpha.webp", premultiplied, drawn(4).webp(lossless)],
    ["display-p3.webp", rounded, drawn(3).withIccProfile("p3").webp(lossless)],
    ["turned.webp", "differs", turned(8).webp(lossless)],
    ["moving.webp", rounded, moving().webp(lossless)],
    ["plain.gif", rounded, drawn(3).gif()],
    ["alpha.gif", rounded, drawn(4).gif()],
    ["moving.gif", rounded, moving().gif()],
    ["plain.tiff", "unread", drawn(3).tiff({ compression: "none" })],
    ["lzw.tif", "unread", drawn(4).tiff({ compression: "lzw" })],
    ["jpeg.tiff", "unread", drawn(3).tiff({ compression: "jpeg", quality: 95 })],
    ["grey.tiff", "unread", drawn(1).tiff({ compression: "deflate" })],
    ["cmyk.tiff", "unread", drawn(3).toColourspace("cmyk").tiff({ compression: "deflate" })],
    ["16-bit.tiff", "unread", drawn16(3).tiff({ compression: "deflate" })],
    ["turned.tiff", "unread", turned(3).tiff({ compression: "lzw" })],
    ["adobe-rgb.tiff", "unread", drawn(3).withIccProfile(adobe).tiff({ compression: "lzw" })],
    ["plain.avif", rounded, drawn(3).avif({ quality: 90, effort: 0 })],
    ["alpha.avif", premultiplied, drawn(4).avif({ quality: 90, effort: 0 })],
    ["display-p3.avif", 8, drawn(3).withIccProfile("p3").avif({ quality: 90, effort: 0 })],
    ["turned.avif", rounded, turned(6).avif({ quality: 90, effort: 0 })],
  ];
  const made: Picture[] = [];
  for (const [name, browser, content] of all)
    made.push({ name, browser, content: await ("toBuffer" in content ? content.toBuffer() : content) });
  await rm(profiles, { recursive: true });
  return made;
}

/** A linear model of 8 × 8 pixels: where an image's parts lie, and its colours, change what it says. */
function linearModel(): Model {
  const b = new GraphBuilder("linear");
  const image = b.input("image", "float32", ["batch", 3, 8, 8]);
  const weights = Float32Array.from({ length: 4 * 192 }, (_, i) => Math.sin(i * i + 1) / 1500);
  const pixels = b.op("Flatten", [image], { axis: 1 });
  b.setOutputs({ logits: b.op("Gemm", [pixels, b.initializer("weights", float32(weights, [4, 192]))], { transB: 1 }) });
  return b.model();
}

/** An exported model's folder, as transformers.js opens it: content by path. */
export function pictureModel(): Map<string, Uint8Array> {
  const preprocessing = plainPreprocessing(8);
  const json = modelFolderFiles({ outputs: pictureClasses, objective: "classification", preprocessing });
  const model = writeModel(servedModel(linearModel(), "image", preprocessing));
  return new Map([
    ...Object.entries(json).map(([name, content]) => [name, Buffer.from(JSON.stringify(content))] as const),
    ["onnx/model.onnx", model],
  ]);
}

/** Made by Pillow: Image.new("CMYK", (8, 8), (100, 130, 200, 80)) saved with quality 100; Adobe's inverted inks. */
const adobeCmyk =
  "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD7YrHr+bev14r/2Q==";
