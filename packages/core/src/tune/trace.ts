import type { FinetuneStep } from "../finetune/options.js";
import { DamagedError } from "./errors.js";
import type { OnProgress } from "./progress.js";
import type { EpochRow } from "./results.js";
import { readTensors, writeTensors, type Store } from "./store/store.js";

/** One step of a fine-tuning, for logs. */
export interface TracedStep {
  /** Mean over the batch, before its update; NaN of a step that was taken before steps were kept. */
  readonly loss: number;
  readonly learningRate: number;
  /** Of all gradients together, before clipping; null where none are clipped. */
  readonly gradientNorm: number | null;
  /** Of training since `began`, what passed while it was stopped left out. */
  readonly seconds: number;
}

/**
 * A fine-tuning from step to step, for people to follow: no result depends on it. What is kept with a checkpoint is cut to
 * where that stands, so that a run that goes on from it traces the same curve as one that was never stopped.
 */
export interface Trace {
  /** When training began, in milliseconds since 1970, as if it had never been stopped. */
  readonly began: number;
  /** The highest, where it follows a schedule; null where nothing is trained. */
  readonly learningRate: number | null;
  /** Steps in an epoch. */
  readonly perEpoch: number;
  /** From the first on. */
  readonly steps: TracedStep[];
  /** Those that have ended. */
  readonly epochs: readonly EpochRow[];
}

const key = "trace.safetensors";

/** float32 keeps seven digits: a rate of 0.01 is read as that, not as 0.009999999776. */
const digits = 7;

const unknown: TracedStep = { loss: NaN, learningRate: NaN, gradientNorm: null, seconds: NaN };

/** The step as a trace has it: in float32, as it is kept, so that nothing changes where it is read. */
export function tracedStep({ loss, learningRate, gradientNorm }: FinetuneStep, seconds: number): TracedStep {
  return {
    loss: Math.fround(loss),
    learningRate: rateOf(Math.fround(learningRate)),
    gradientNorm: gradientNorm === undefined ? null : Math.fround(gradientNorm),
    seconds: Math.fround(seconds),
  };
}

function rateOf(kept: number): number {
  return Number(kept.toPrecision(digits));
}

/** A trace's steps cut to so many, those that it lacks unknown. */
export function tracedUntil(trace: Trace | undefined, steps: number): TracedStep[] {
  return Array.from({ length: steps }, (_, i) => trace?.steps[i] ?? unknown);
}

/** Written before the checkpoint that it goes with: it then has all steps of whichever checkpoint is there. */
export async function writeTrace(store: Store, { steps, ...rest }: Trace): Promise<void> {
  const values = new Map([
    ["loss", Float32Array.from(steps, (step) => step.loss)],
    ["learning rate", Float32Array.from(steps, (step) => step.learningRate)],
    ["gradient norm", Float32Array.from(steps, (step) => step.gradientNorm ?? NaN)],
    ["seconds", Float32Array.from(steps, (step) => step.seconds)],
  ]);
  await writeTensors(store, key, values, { trace: JSON.stringify(rest) });
}

/** The trace of a trial by its store; undefined where there is none, or, which is told, it is damaged. */
export async function readTrace(store: Store, onProgress: OnProgress | undefined): Promise<Trace | undefined> {
  try {
    const stored = await readTensors(store, key);
    if (!stored) return undefined;
    const [losses, rates, norms, seconds] = ["loss", "learning rate", "gradient norm", "seconds"].map((name) =>
      stored.weights.get(name)!,
    );
    const steps = Array.from(losses!, (loss, i): TracedStep => {
      const gradientNorm = norms![i]!;
      return {
        loss,
        learningRate: rateOf(rates![i]!),
        gradientNorm: Number.isNaN(gradientNorm) ? null : gradientNorm,
        seconds: seconds![i]!,
      };
    });
    return { ...(JSON.parse(stored.metadata["trace"]!) as Omit<Trace, "steps">), steps };
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    onProgress?.({ kind: "message", text: `warning: ${error.key}: ${error.reason}; logs lack the steps in it` });
    return undefined;
  }
}
