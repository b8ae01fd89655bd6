import { join } from "node:path";
import { drawSubset, type PerClass } from "../subset.js";

export const taus = "0,1,2,4,8,16,64,converged,converged:0";
/** Those of the grid. */
export const rates = ["1.5e-5", "5e-5", "1.5e-4"] as const;
/** The grid's rate that knobs are compared at, and that the picture shows. */
export const middleRate = rates[1];
/** Of fine-tuning. */
export const epochs = ["--epochs", "6"] as const;

export type Task = "cifar10" | "sign-digits";

/** Small tasks, as most users' are; every seed draws its own images, head and order of batches. */
const tasks: Readonly<Record<Task, PerClass>> = {
  cifar10: { train: 60, validation: 30 },
  "sign-digits": { train: 45, validation: 15 },
};
export const taskNames: readonly Task[] = ["cifar10", "sign-digits"];

/** What a script of the study is called with. */
export interface StudyArguments {
  readonly shared: string;
  readonly out: string;
  readonly tasks: readonly Task[];
  readonly seeds: readonly number[];
}

/** Reads `SHARED OUT [TASK [SEEDS]]`. @param defaultSeeds how many, from 0, where none are named */
export function studyArguments(defaultSeeds: number): StudyArguments {
  const [shared, out, only, seeds] = process.argv.slice(2);
  if (!shared || !out) throw new Error("give where the data are and where runs go: SHARED OUT [TASK [SEEDS]]");
  const chosen = taskNames.filter((task) => !only || task === only);
  if (chosen.length === 0) throw new Error(`no task '${only}'; there are ${taskNames.join(", ")}`);
  const all = Array.from({ length: defaultSeeds }, (_, seed) => seed);
  return { shared, out, tasks: chosen, seeds: seeds ? seeds.split(",").map(Number) : all };
}

/** Where the runs of a seed are kept. */
export function seedFolder(out: string, task: Task, seed: number): string {
  return join(out, task, `seed-${seed}`);
}

/**
 * The arguments that all runs of a task share. Test images stand in as `--ood`, which scores every run on them and
 * chooses nothing.
 */
export function argumentsOf(task: Task, seed: number, shared: string, out: string): string[] {
  const data = join(shared, "data", task);
  const subset = join(out, task, `images-${seed}`);
  drawSubset(join(data, "train"), subset, tasks[task], seed);
  const options = {
    "--val": join(subset, "validation"),
    "--ood": join(data, "test"),
    "--backbone": join(shared, "models", "tiny-darknet.onnx"),
    "--size": "64",
    "--mean": "0,0,0",
    "--std": "1,1,1",
    "--cache": join(out, task, "cache"),
    "--batch": "32",
    "--seed": String(seed),
  };
  return [join(subset, "train"), ...Object.entries(options).flat()];
}
