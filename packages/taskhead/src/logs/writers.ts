import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { writeFileAtomic } from "../files/atomic.js";
import { readRegular } from "../files/open-regular.js";
import type { LogFormat } from "./formats.js";
import type { LogWriter } from "./logged-run.js";
import { mlflowWriter } from "./mlflow.js";
import { tensorboardWriter } from "./tensorboard/writer.js";
import { wandbWriter } from "./wandb/writer.js";

/**
 * Writers of the formats that are asked for, in a run folder:
 *
 *     logs/tensorboard/  logs/mlruns/  logs/wandb/
 *     logs/id                        what the ids are made of that MLflow and W&B know its runs by
 *
 * All of it is made of what the run records, and made again where the run goes on.
 */
export function openWriters(formats: readonly LogFormat[], out: string): LogWriter {
  const folder = join(out, "logs");
  const identity = identityIn(folder);
  const open: Record<LogFormat, () => LogWriter> = {
    tensorboard: () => tensorboardWriter(join(folder, "tensorboard")),
    mlflow: () => mlflowWriter(join(folder, "mlruns"), identity),
    wandb: () => wandbWriter(join(folder, "wandb"), identity, basename(out)),
  };
  const writers = formats.map((format) => open[format]());
  return { write: (run) => writers.forEach((writer) => writer.write(run)) };
}

/** One for the life of the folder, wherever it is moved; another folder's runs are others, of the same settings too. */
function identityIn(folder: string): string {
  const file = join(folder, "id");
  if (!existsSync(file)) writeFileAtomic(file, `${randomUUID()}\n`);
  return readRegular(file).toString().trim();
}
