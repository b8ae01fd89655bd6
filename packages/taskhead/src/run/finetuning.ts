import { DivergedError, finetune, type Backbone, type Engine, type FinetuneCheckpoint, type ProbeStop } from "@taskhead/core";
import type { TuneOptions } from "../commands/options.js";
import type { EpochMetrics, TuneRow } from "../report/index.js";
import { fixed, percent } from "../terminal/format.js";
import type { Progress } from "../terminal/progress.js";
import type { PreparedData } from "./prepare.js";
import type { RunFolder } from "./run-folder.js";
import { weightsFromBytes, weightsToBytes } from "./tensors.js";

export interface Finetuning {
  engine: Engine;
  backbone: Backbone;
  data: PreparedData;
  folder: RunFolder;
  /** The head to start from. */
  stop: ProbeStop;
  options: TuneOptions;
  learningRate: number;
  /** z_0, to measure the features' way from. */
  before: { train: Float32Array; validation: Float32Array };
  progress: Progress;
  signal: AbortSignal;
}

/** Fine-tunes from one tau; finished before, it is read, begun before, it goes on. */
export async function finetuneFrom(run: Finetuning): Promise<TuneRow> {
  const { folder, stop } = run;
  const finished = folder.readJson<TuneRow>(folder.tau(stop.tau, "result.json"));
  if (finished) return finished;
  const row = await finetuneNow(run);
  folder.writeJson(folder.tau(stop.tau, "result.json"), row);
  await folder.remove(folder.tau(stop.tau, "checkpoint.safetensors"));
  return row;
}

/** What a checkpoint file says besides its tensors. */
interface CheckpointNote {
  seconds: number;
}

async function finetuneNow({ engine, backbone, data, folder, stop, options, learningRate, before, progress, signal }: Finetuning): Promise<TuneRow> {
  const { tau } = stop;
  throw new Error("to be written against core");
}
