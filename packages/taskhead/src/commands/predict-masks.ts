import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, extname, join, parse, resolve } from "node:path";
import sharp, { type Sharp } from "sharp";
import { likeliestClasses } from "@taskhead/core/internals";
import type { Answering, Unusable } from "../data/serving.js";
import type { Stored } from "../data/stored.js";
import { csv } from "../files/csv.js";
import { UserError } from "../files/errors.js";
import { makeFolder } from "../files/make-folder.js";
import { decodeImage } from "../images/pixels/decode.js";
import type { MaskItem } from "../masks/serving.js";
import { coloured } from "../masks/colours.js";
import type { ExportedModel } from "../run/exported-model.js";
import { percent } from "../terminal/format.js";
import { patiently } from "../terminal/progress.js";
import { table } from "../terminal/table.js";
import type { Context } from "./context.js";
import type { PredictOptions } from "./tables.js";

/** What a model says of a picture: the part of its pixels that each class has, the largest first. */
interface Parts {
  name: string;
  classes: { label: string; part: number }[];
  /** Files that were written. */
  mask?: string;
  overlay?: string;
}

/** Of the colours over a picture. */
const opacity = 0.55;

/**
 * `taskhead predict` of a model that gives a class for every pixel: how much of each picture is what, and, where asked for,
 * its mask as a PNG of class numbers and the picture with its classes in colour.
 * @throws {UserError} if several pictures were to be written to one file, or one of them over itself
 */
export async function predictMasks(
  model: ExportedModel,
  items: readonly unknown[],
  { mask, overlay, device }: Pick<PredictOptions, "mask" | "overlay" | "device">,
  { progress, signal }: Pick<Context, "progress" | "signal">,
): Promise<{ predictions: Parts[]; unreadable: Unusable[] }> {
  const { serving, name: many } = model.kind;
  const [maskOf, overlayOf] = [
    placesFor("--mask", mask, items.length, ".png"),
    placesFor("--overlay", overlay, items.length, ".jpg"),
  ];
  requireApart(
    items.map((item) => serving.nameOf(item)),
    [maskOf, overlayOf],
  );
  const predictions: Parts[] = [];
  const unreadable: Unusable[] = [];
  const served = await model.open(device);
  const task = patiently(progress).task(many, items.length, many);
  try {
    await served.answer(items, {
      async onAnswer(i, logits, size) {
        const name = serving.nameOf(items[i]);
        const { width, height } = size!;
        const answers = likeliestClasses(logits, width * height);
        const files = { mask: maskOf?.(name), overlay: overlayOf?.(name) };
        if (files.mask !== undefined)
          await written(
            files.mask,
            sharp(answers, { raw: { width, height, channels: 1 } })
              .toColourspace("b-w")
              .png(),
          );
        if (files.overlay !== undefined)
          await written(files.overlay, await overlaid((items[i] as MaskItem).file, answers));
        predictions.push({
          name,
          classes: partsOf(answers, model),
          ...(files.mask === undefined ? {} : { mask: files.mask }),
          ...(files.overlay === undefined ? {} : { overlay: files.overlay }),
        });
      },
      onSkip: (i, reason) => void unreadable.push({ name: serving.nameOf(items[i]), reason }),
      onProgress: (done) => task.update(done),
      signal,
    });
  } finally {
    task.end();
    await served.release();
  }
  return { predictions, unreadable };
}

function partsOf(answers: Uint8Array, { outputs }: Answering): Parts["classes"] {
  const counts = outputs.map(() => 0);
  for (const c of answers) counts[c]!++;
  return counts
    .map((count, c) => ({ label: outputs[c]!, part: count / answers.length }))
    .filter(({ part }) => part > 0)
    .sort((a, b) => b.part - a.part);
}

/** Where what is made of a picture goes: one file, or a file in a folder by the picture's name. */
function placesFor(
  option: string,
  path: string | undefined,
  count: number,
  ending: string,
): ((name: string) => string) | undefined {
  if (path === undefined) return undefined;
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? extname(path) === "";
  if (!folder && option === "--mask" && extname(path).toLowerCase() !== ".png")
    throw new UserError(`${option} ${path} would not keep class numbers; give a .png file`);
  if (!folder && count > 1)
    throw new UserError(`${option} ${path} is one file, and there are ${count} images; give a folder`);
  if (folder) makeFolder(path);
  return (name) => (folder ? join(path, `${parse(basename(name)).name}${ending}`) : path);
}

/** @throws {UserError} if a file would take the place of a picture that is asked about, or of what is made of another */
function requireApart(pictures: readonly string[], places: readonly (((name: string) => string) | undefined)[]): void {
  const asked = new Set(pictures.map(realPath));
  const made = new Map<string, string>();
  for (const picture of pictures)
    for (const placeOf of places) {
      if (!placeOf) continue;
      const path = placeOf(picture);
      const place = realPath(path);
      if (asked.has(place))
        throw new UserError(`${path} is a picture to be answered, and would be written over; give another folder`);
      const other = made.get(place);
      if (other !== undefined)
        throw new UserError(`${other} and ${picture} would both be written to ${path}; ask for one folder at a time`);
      made.set(place, picture);
    }
}

/** Of what is not there yet, by its folder's. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(resolve(path));
    return existsSync(folder) ? join(realpathSync(folder), basename(path)) : resolve(path);
  }
}

async function written(path: string, picture: Sharp): Promise<void> {
  await picture.toFile(path).catch((error: Error) => {
    throw new UserError(`${path} cannot be written (${error.message.split("\n")[0]}); give another file`);
  });
}

/** The picture with its classes in colour over it. */
async function overlaid(file: Stored, answers: Uint8Array): Promise<Sharp> {
  const { data, width, height } = await decodeImage(file);
  const colours = coloured(answers);
  const mixed = data.map((byte, i) => Math.round((1 - opacity) * byte + opacity * colours[i]!));
  return sharp(mixed, { raw: { width, height, channels: 3 } });
}

/** As many classes as fit beside each other. */
const mostColumns = 5;

export function partsTable(predictions: readonly Parts[], width: number | undefined): string {
  const columns = Math.min(mostColumns, Math.max(...predictions.map(({ classes }) => classes.length)));
  const rows = predictions.map(({ name, classes }) => [
    name,
    ...Array.from({ length: columns }, (_, i) => (classes[i] ? `${classes[i].label} ${percent(classes[i].part)}` : "")),
  ]);
  const head = ["image", "pixels", ...Array.from({ length: columns - 1 }, () => "")];
  return table(head, rows, { left: [0, ...Array.from({ length: columns }, (_, i) => i + 1)], width });
}

/** A line per picture, the part of each class. */
export function partsCsv(predictions: readonly Parts[], { outputs }: Answering): string {
  const part = (own: Parts, label: string): number => own.classes.find((one) => one.label === label)?.part ?? 0;
  return csv([
    ["image", ...outputs],
    ...predictions.map((own) => [own.name, ...outputs.map((label) => part(own, label))]),
  ]);
}
