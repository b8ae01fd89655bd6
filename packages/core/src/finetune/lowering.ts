import { DivergedError } from "../engine/errors.js";
import type { FinetuneCheckpoint } from "./checkpoint.js";
import { CollapsedError } from "./collapse.js";

/** What a rate that is too high comes to. */
export type Failure = "diverged" | "collapsed";

/** A run at one rate that failed. */
export interface FailedAttempt {
  readonly learningRate: number;
  readonly failure: Failure;
  /** From 1. */
  readonly epoch: number;
}

/**
 * Range tests see one step at each rate, and steps pile up: a rate that was found may be too high. A run that fails then
 * begins again from (B_0, v_tau) at a third of the rate, twice at most.
 */
const [times, by] = [2, 3];

/** One of the runs that a rate takes until it is low enough. */
export interface Attempt {
  readonly learningRate: number;
  /** What runs at higher rates came to, in order. */
  readonly lowered: readonly Failure[];
  /** Whether the rate may be lowered once more. */
  readonly lowers: boolean;
  /** Where it goes on from. */
  readonly checkpoint?: FinetuneCheckpoint;
}

export interface LoweringOptions {
  readonly learningRate: number;
  /** Whether range tests found the rate. One that is given is not changed. */
  readonly found: boolean;
  /** Of the attempt that was under way. */
  readonly checkpoint?: FinetuneCheckpoint;
  /**
   * Attempts that are known to have failed. A checkpoint counts then only if it is of the attempt after them: that of one
   * which failed would fail again, and that of a later one has lost what came before it. Default: what the checkpoint says.
   */
  readonly failed?: readonly FailedAttempt[];
  readonly onLowered?: (failed: FailedAttempt, next: Attempt) => void | Promise<void>;
}

/** The attempt to go on with, so that a rate is neither found again nor lowered once more often. */
export function attemptOf(options: Omit<LoweringOptions, "onLowered">): Attempt {
  const { learningRate, found, checkpoint, failed } = options;
  if (!found) return { learningRate, lowered: [], lowers: false, ...(checkpoint ? { checkpoint } : {}) };
  const inCheckpoint = checkpoint && loweredIn(checkpoint);
  const lowered = failed?.map(({ failure }) => failure) ?? inCheckpoint ?? [];
  const lowers = lowered.length < times;
  if (checkpoint && inCheckpoint?.length === lowered.length)
    return { learningRate: Number(checkpoint.json.run["learning rate"]), lowered, lowers, checkpoint };
  const last = failed?.at(-1);
  return { learningRate: last ? last.learningRate / by : learningRate, lowered, lowers };
}

/**
 * Trains, and at a rate that was found trains again at lower ones until the run is sound.
 * @param run throws `DivergedError`, or `CollapsedError` where the rate may be lowered
 * @throws {DivergedError} of the last attempt
 */
export async function lowerUntilSound<T>(options: LoweringOptions, run: (attempt: Attempt) => Promise<T>): Promise<T> {
  for (let attempt = attemptOf(options); ;)
    try {
      return await run(attempt);
    } catch (error) {
      const failure = attempt.lowers ? failureOf(error) : undefined;
      if (!failure) throw error;
      const failed = { learningRate: attempt.learningRate, ...failure };
      const lowered = [...attempt.lowered, failure.failure];
      attempt = { learningRate: attempt.learningRate / by, lowered, lowers: lowered.length < times };
      await options.onLowered?.(failed, attempt);
    }
}

function failureOf(error: unknown): Omit<FailedAttempt, "learningRate"> | undefined {
  if (error instanceof CollapsedError) return { failure: "collapsed", epoch: error.epoch };
  if (error instanceof DivergedError) return { failure: "diverged", epoch: error.epoch ?? 1 };
  return undefined;
}

/** As an identity has it, in which all is text. */
export function loweredText(lowered: readonly Failure[]): string {
  return lowered.join() || "no";
}

function loweredIn({ json }: FinetuneCheckpoint): Failure[] {
  return String(json.run["lowered"])
    .split(",")
    .filter((one): one is Failure => one === "diverged" || one === "collapsed");
}
