import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { drawSubset } from "./study/subset.js";

/**
 * A folder like ../shared in which CIFAR-10 has fewer images.
 * @param images to train with, and to validate with where not all are wanted
 * @returns its path, and a function that removes it
 */
export function withFewerImages(shared, { train, validation }) {
  const folder = mkdtempSync(join(tmpdir(), "taskhead-images-"));
  const [from, to] = [shared, folder].map((root) => join(root, "data", "cifar10"));
  mkdirSync(join(folder, "data"));
  drawSubset(join(from, "train"), to, { train: train / 10, validation: (validation ?? 0) / 10 }, 0);
  if (validation) renameSync(join(to, "validation"), join(to, "test"));
  else symlinkSync(resolve(from, "test"), join(to, "test"));
  symlinkSync(resolve(shared, "models"), join(folder, "models"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
