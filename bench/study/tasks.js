import { join } from "node:path";
import { drawSubset } from "./subset.js";

export const taus = "0,1,2,4,8,16,64,converged";
export const rates = ["1.5e-5", "5e-5", "1.5e-4"];

/** Small tasks, as most users' are; every seed draws its own images, head and order of batches. */
export const tasks = {
  cifar10: { perClass: { train: 60, validation: 30 } },
  "sign-digits": { perClass: { train: 45, validation: 15 } },
};

/**
 * The arguments that all runs of a task share. Test images stand in as `--ood`, which scores every run on them and
 * chooses nothing.
 */
export function argumentsOf(task, seed, shared, out) {
  const data = join(shared, "data", task);
  const subset = join(out, task, `images-${seed}`);
  drawSubset(join(data, "train"), subset, tasks[task].perClass, seed);
  const options = {
    "--val": join(subset, "validation"),
    "--ood": join(data, "test"),
    "--backbone": join(shared, "models", "tiny-darknet.onnx"),
    "--size": "64",
    "--cache": join(out, task, "cache"),
    "--epochs": "6",
    "--batch": "32",
    "--seed": String(seed),
  };
  return [join(subset, "train"), ...Object.entries(options).flat()];
}
