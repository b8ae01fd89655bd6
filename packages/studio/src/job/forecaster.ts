import { memoryStore, type ProbeStop } from "@taskhead/core";
import { forecast, learningRateOf, openJob, sharesOfEnergy, trainingOptions, type Job } from "@taskhead/core/internals";
import type { OpenedProject } from "./opened-project.js";
import { settingsOf, severalStarts } from "./project.js";
import type { Progress } from "./samples.js";

/** From which head fine-tuning would start, and for how long it would go on. */
export interface Wanted {
  /** The place of the head among those that were probed. */
  readonly index: number;
  readonly epochs: number;
}

/** How far features will move. */
export interface Forecasted extends Wanted {
  /** mean ‖z_T − z_0‖; null where the first steps diverged. */
  readonly euclidean: number | null;
  /** The same as a share of mean ‖z_0‖. */
  readonly share: number | null;
  /** ‖mean Δz‖ / mean ‖Δz‖: 1 where all features go the same way. */
  readonly coherence: number | null;
}

/** Of the rollout; the command's `--forecast` takes twice as many. */
const steps = 12;
const samples = 64;

/**
 * Forecasts of the heads that were probed, as `taskhead tune --forecast` makes them, from fewer steps. The rate is found once,
 * at the middle one of those that would be fine-tuned from, as fine-tuning does.
 */
export function forecaster(
  { engine, samples: given, model, files, project, sets }: OpenedProject,
  stops: readonly ProbeStop[],
): (wanted: Wanted, onEvent: (event: Progress) => void, signal: AbortSignal) => Promise<Forecasted> {
  const store = memoryStore();
  const taus = sharesOfEnergy(stops, severalStarts);
  const middle = stops.find(({ tau }) => tau === taus[Math.floor(taus.length / 2)])!;
  const config = files["config.json"];
  const jobOf = ({ epochs }: Wanted, onEvent: (event: Progress) => void, signal: AbortSignal): Promise<Job<unknown>> =>
    openJob({
      engine,
      modality: given.modality,
      backbone: { bytes: model },
      ...(config ? { config } : {}),
      sets,
      outputs: project.outputs,
      store,
      settings: settingsOf(project, { taus: "auto", epochs }),
      onProgress: (event) => event.kind === "progress" && onEvent(event),
      signal,
    });
  return async (wanted, onEvent, signal) => {
    const job = await jobOf(wanted, onEvent, signal);
    const stop = stops[wanted.index]!;
    const learningRate = await learningRateOf(job, stop, middle);
    const { schedule, warmup } = job.settings;
    const { euclidean, coherence } = await forecast(job.network.backbone, job.data, {
      ...trainingOptions(job, stop, learningRate),
      epochs: wanted.epochs,
      learningRate,
      schedule: { kind: schedule, warmup },
      steps,
      samples,
      onStep: (done) => onEvent({ task: "forecasting", done, total: steps }),
      signal,
    });
    return { ...wanted, euclidean, coherence, share: euclidean === null ? null : euclidean / stop.featureNorm };
  };
}
