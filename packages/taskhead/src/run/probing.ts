import {
  DivergedError,
  probe,
  type Backbone,
  type Engine,
  type Head,
  type LabelledFeatures,
  type ProbeStop,
} from "@taskhead/core";
import type { TuneOptions } from "../options/options.js";
import { UserError } from "../files/errors.js";
import type { ProbingPoint } from "../report/index.js";
import { fixed, percent } from "../terminal/format.js";
import type { Progress } from "../terminal/progress.js";
import type { RunFolder } from "./run-folder.js";
import { weightsFromFile, weightsToBytes } from "./tensors.js";

export interface ProbingInput {
  engine: Engine;
  train: LabelledFeatures;
  validation: LabelledFeatures;
  width: number;
  classes: number;
  architecture: Head;
  /** Reinitialised blocks, probed with the head. */
  blocks?: Backbone;
}

/** The head at every tau; read from the run folder if probing was finished there. */
export async function headAtEveryTau(
  input: ProbingInput,
  options: TuneOptions,
  folder: RunFolder,
  progress: Progress,
  signal: AbortSignal,
): Promise<ProbeStop[]> {
  const stored = readStops(folder);
  if (stored) return stored;
  const task = progress.task("head probing", options.probeEpochs, "epochs");
  try {
    const stops = await probe({
      ...input,
      epochs: options.probeEpochs,
      batch: options.batch,
      seed: options.seed,
      momentum: options.momentum,
      smoothing: options.smoothing,
      loss: options.probeLoss,
      taus: options.taus === "auto" ? [] : options.taus,
      ...(options.probeLr === "auto" ? {} : { learningRate: options.probeLr }),
      onStop: (stop) =>
        task.update(
          stop.tau === "converged" ? options.probeEpochs : stop.tau,
          `loss ${fixed(stop.loss, 4)} · energy ${fixed(stop.energy, 3)} · validation ${percent(stop.validationScore)}`,
        ),
      onIteration: (iteration, gradientNorm) =>
        task.update(options.probeEpochs, `converging, step ${iteration}, gradient ${gradientNorm.toExponential(1)}`),
      signal,
    });
    writeStops(folder, stops);
    return stops;
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    throw new UserError(
      `loss became NaN in epoch ${error.epoch ?? 1} of head probing: try a lower --probe-lr (now ${options.probeLr}); what was done so far is kept in ${folder.path}`,
    );
  } finally {
    task.end();
  }
}

/** A stop as the report shows it, without the head. */
export function pointOf(stop: ProbeStop): ProbingPoint {
  return Object.fromEntries(Object.entries(stop).filter(([name]) => name !== "head")) as Omit<ProbeStop, "head">;
}

function writeStops(folder: RunFolder, stops: readonly ProbeStop[]): void {
  const tensors = new Map(stops.flatMap((s) => [...s.head].map(([name, data]) => [`${s.tau}/${name}`, data] as const)));
  folder.write("probe.safetensors", weightsToBytes(tensors));
  // Last: its presence says that probing is finished.
  folder.writeJson("probe.json", stops.map(pointOf));
}

function readStops(folder: RunFolder): ProbeStop[] | undefined {
  const points = folder.readJson<Omit<ProbeStop, "head">[]>("probe.json");
  const stored = points && weightsFromFile(folder.at("probe.safetensors"));
  if (!stored) return undefined;
  return points.map((point) => {
    const prefix = `${point.tau}/`;
    const own = [...stored.weights]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, data]) => [name.slice(prefix.length), data] as const);
    return { ...point, head: new Map(own) };
  });
}
