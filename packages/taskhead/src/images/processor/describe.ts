import { outputSize, type Size } from "@taskhead/core/internals";
import type { FoundPreprocessing } from "./preprocessing-of.js";

/** One line: what becomes of a picture, and who says so; a warning, with the remedy, where nothing does. */
export function describePreprocessing(found: FoundPreprocessing): string {
  const { sizeFrom, normalisationFrom, assumed } = found;
  const remedies = [
    ...(assumed.includes("size") ? ["--size sets the size"] : []),
    ...(assumed.includes("normalisation")
      ? ["--mean auto measures which normalisation fits the model, --mean and --std set it"]
      : []),
  ];
  const line = `images are resized to ${resizing(found)} (${sizeFrom}) and ${normalising(found)} (${normalisationFrom})`;
  return remedies.length > 0 ? `warning: ${line}; ${remedies.join("; ")}` : line;
}

function resizing({ preprocessing }: FoundPreprocessing): string {
  const { size, resize, crop, interpolation } = preprocessing;
  const shape = sides(outputSize(preprocessing));
  if (!crop) return `${shape}, ${interpolation}`;
  const first = resize === "shortest-edge" ? `shorter side ${size.height}` : sides(size);
  return `${first}, ${interpolation}, and cropped to ${shape}`;
}

function normalising({ preprocessing }: FoundPreprocessing): string {
  const { mean, std, rescale, order } = preprocessing;
  const plain = mean.every((m) => m === 0) && std.every((s) => s === 1);
  const range = rescale === 1 / 255 ? "0..1" : rescale === 1 ? "0..255" : `0..${short(255 * rescale)}`;
  const colours = order === "bgr" ? ", blue first" : "";
  return plain
    ? `given to the model as ${range}${colours}`
    : `normalised from ${range} by mean ${mean.map(short).join()} and std ${std.map(short).join()}${colours}`;
}

function sides({ height, width }: Size): string {
  return height === width ? `${height}×${width}` : `${width}×${height} (width×height)`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
