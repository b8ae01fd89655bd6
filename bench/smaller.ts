import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { drawSubset } from "./subset.js";

/** Of CIFAR-10, all ten classes together. */
export interface ImageCounts {
  readonly train: number;
  /** All of them unless given. */
  readonly validation?: number;
}

/** A folder of data, and what removes it once it is done with. */
export interface DataFolder {
  readonly folder: string;
  remove(): void;
}

/** The shared folder itself, or where counts are given one like it, in which CIFAR-10 has as many images. */
export function withImages(shared: string, counts: ImageCounts | undefined): DataFolder {
  return counts ? withFewerImages(shared, counts) : { folder: shared, remove: () => {} };
}

function withFewerImages(shared: string, { train, validation = 0 }: ImageCounts): DataFolder {
  const folder = mkdtempSync(join(tmpdir(), "taskhead-images-"));
  const [from, to] = [join(shared, "data", "cifar10"), join(folder, "data", "cifar10")];
  mkdirSync(join(folder, "data"));
  drawSubset(join(from, "train"), to, { train: train / 10, validation: validation / 10 }, 0);
  if (validation > 0) renameSync(join(to, "validation"), join(to, "test"));
  else symlinkSync(resolve(from, "test"), join(to, "test"));
  symlinkSync(resolve(shared, "models"), join(folder, "models"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
