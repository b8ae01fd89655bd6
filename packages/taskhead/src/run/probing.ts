import { probe, type Engine, type LabelledFeatures, type ProbeStop, DivergedError } from "@taskhead/core";
import type { TuneOptions } from "../commands/options.js";
import { UserError } from "../files/errors.js";
import type { ProbingPoint } from "../report/index.js";
import { fixed, percent } from "../terminal/format.js";
import type { Progress } from "../terminal/progress.js";
import type { RunFolder } from "./run-folder.js";
import { weightsFromBytes, weightsToBytes } from "./tensors.js";

export interface ProbingInput {
  engine: Engine;
  train: LabelledFeatures;
  validation: LabelledFeatures;
  width: number;
  classes: number;
}

/** The head at every tau; read from the run folder if probing was finished there. */
export async function headAtEveryTau(input: ProbingInput, options: TuneOptions, folder: RunFolder, progress: Progress, signal: AbortSignal): Promise<ProbeStop[]> {
  const stored = await readStops(folder);
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
      ...(options.probeLr === "auto" ? {} : { learningRate: options.probeLr }),
      onEpoch: (stop) => task.update(stop.tau, `loss ${fixed(stop.loss, 4)} · energy ${fixed(stop.energy, 3)} · validation ${percent(stop.validationAccuracy)}`),
      signal,
    });
    await writeStops(folder, stops);
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
export function pointOf({ tau, loss, trainAccuracy, energy, validationAccuracy, headNorm }: ProbeStop): ProbingPoint {
  return { tau, loss, trainAccuracy, energy, validationAccuracy, headNorm };
}

async function writeStops(folder: RunFolder, stops: readonly ProbeStop[]): Promise<void> {
  const tensors = new Map(stops.flatMap((s) => [...s.head].map(([name, data]) => [`${s.tau}/${name}`, data] as const)));
  await folder.write("probe.safetensors", weightsToBytes(tensors));
  // Last: its presence says that probing is finished.
  await folder.writeJson("probe.json", stops.map(pointOf));
}

async function readStops(folder: RunFolder): Promise<ProbeStop[] | undefined> {
  const points = await folder.readJson<Omit<ProbeStop, "head">[]>("probe.json");
  const bytes = points && (await folder.read("probe.safetensors"));
  if (!points || !bytes) return undefined;
  const { weights } = weightsFromBytes(bytes, folder.at("probe.safetensors"));
  return points.map((point) => {
    const prefix = `${point.tau}/`;
    const own = [...weights].filter(([name]) => name.startsWith(prefix)).map(([name, data]) => [name.slice(prefix.length), data] as const);
    return { ...point, head: new Map(own) };
  });
}
