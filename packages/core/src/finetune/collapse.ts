import { pieces, type CachedValues } from "../data/cached-values.js";
import type { FeatureLayout } from "../data/positions.js";
import type { Samples } from "../data/samples.js";
import { meterOf } from "../objectives/meter.js";
import type { Meter, Metric } from "../objectives/objective.js";
import { headAlone, logitsOf, type Head } from "../heads/index.js";
import type { Weights } from "../engine/weights.js";
import { withSession } from "../engine/with-session.js";
import { meanNorm, type Adaptation } from "../measures/adaptation.js";
import type { Data } from "../probe/data.js";

/** What a run begins with: the probed head on features that nothing has moved. */
export interface RunStart {
  /** The objective's mean loss on the training samples. */
  readonly loss: number;
  readonly trainScore: number;
  /** null where it does not exist */
  readonly validationScore: number | null;
}

/** What the rule sees of an epoch. null is what JSON makes of a number that does not exist: nothing follows from it. */
export interface SeenEpoch {
  readonly loss: number | null;
  readonly trainScore: number | null;
  readonly validationScore: number | null;
  readonly adaptation: Pick<Adaptation, "norm"> | null;
}

/** What the rule measures a run against. */
export interface Expected {
  readonly start: RunStart;
  /** mean ‖z_0‖ on the validation samples */
  readonly featureNorm: number;
  /** The loss of guessing. */
  readonly guess: number;
  readonly metric: Pick<Metric, "chance">;
  /** Whether classes are weighted in the training loss: it is then another than the start's, and scores may fall on purpose. */
  readonly weighted?: boolean;
}

/** @param before z_0 of the validation samples, [N, …] */
export function expectedFrom(
  start: RunStart,
  { objective }: Pick<Data, "objective">,
  { before, layout, weighted }: { before: CachedValues; layout: FeatureLayout; weighted: boolean },
): Expected {
  const { guess, metric } = objective;
  return { start, featureNorm: meanNorm(before, layout), guess, metric, weighted };
}

/** A run that has collapsed while there was still time to begin again. */
export class CollapsedError extends Error {
  override readonly name = "CollapsedError";
  constructor(
    /** From 1. */
    readonly epoch: number,
  ) {
    super(
      `training collapsed by epoch ${epoch}: it is worse than probing alone on its own training samples; lower the learning rate`,
    );
  }
}

/**
 * Whether a run has collapsed: it fits its own training samples worse than the head did that it began with.
 *
 * A rate that is a little too high throws a run back for an epoch or two, and it recovers. At the end of a run what counts
 * is therefore the last epoch. Of one that waits for others, two epochs in a row must have unlearned. One that is to be
 * broken off counts as collapsed only if, besides, its features have died: they have shrunk below three quarters of their length
 * at the start, and both scores are near guessing. Of rectified features that have died no gradient comes back; of those that
 * still know half of what they did, it does. docs/training.md has what this rule said of runs that collapsed and of runs that did not.
 * @param at `end`: there are no more epochs to come; `rung`: it waits, and others may go on in its place
 */
export function hasCollapsed(history: readonly SeenEpoch[], expected: Expected, at: "epoch" | "rung" | "end"): boolean {
  const [before, last] = [history.at(-2), history.at(-1)];
  if (!last || !hasUnlearned(last, expected)) return false;
  if (at === "end") return true;
  return before !== undefined && hasUnlearned(before, expected) && (at === "rung" || hasDied(last, expected));
}

/** Scores this part of the way from guessing to perfect say nothing. */
const nothing = 0.1;

/** Of what the start was better than guessing: less is lost by chance alone, or by batches' own statistics. */
const kept = 0.9;

/**
 * An epoch whose training loss is above the start's, or above guessing, and both of whose scores have lost a tenth of what
 * the head knew. A head that knew nothing has nothing to lose, and may just be slow: its features must have shrunk. So they
 * must where classes are weighted.
 */
function hasUnlearned(epoch: SeenEpoch, expected: Expected): boolean {
  const { start, guess, metric } = expected;
  const { chance } = metric;
  const known = leastKnown(expected);
  const fallen = (score: number | null, began: number | null): boolean =>
    (score ?? NaN) < Math.max(known, chance + kept * ((began ?? chance) - chance));
  return (
    (epoch.loss ?? NaN) > Math.min(start.loss, guess) &&
    fallen(epoch.trainScore, start.trainScore) &&
    fallen(epoch.validationScore, start.validationScore) &&
    ((start.trainScore > known && !expected.weighted) || hasShrunk(epoch, expected))
  );
}

/** The score below which it says nothing. */
function leastKnown({ metric: { chance } }: Expected): number {
  return chance + nothing * (1 - chance);
}

function hasDied(epoch: SeenEpoch, expected: Expected): boolean {
  const saysNothing = (score: number | null): boolean => (score ?? NaN) < leastKnown(expected);
  return hasShrunk(epoch, expected) && saysNothing(epoch.trainScore) && saysNothing(epoch.validationScore);
}

const shrunk = 0.75;

function hasShrunk({ adaptation }: SeenEpoch, { featureNorm }: Expected): boolean {
  return (adaptation?.norm ?? NaN) < shrunk * featureNorm;
}

/** Measures what a run begins with, from z_0, piece by piece: what the head makes of all samples may be far longer than they are. */
export async function runStart(
  { engine, objective, train, validation }: Data,
  { kind, head, width }: { kind: Head; head: Weights; width: number },
  before: { readonly train: CachedValues; readonly validation: CachedValues },
): Promise<RunStart> {
  return withSession(engine.processor, headAlone(kind, width, objective.outputs, head), async (session) => {
    const made = logitsOf(kind, objective.outputs);
    const measured = async (z: CachedValues, { targets }: Samples): Promise<Meter> => {
      const meter = meterOf(objective, targets);
      for (const { first, count, data } of pieces(z, width, made)) {
        const { logits } = await session.run({ z: engine.tensor("float32", data, [count, width]) });
        const indices = Array.from({ length: count }, (_, i) => first + i);
        meter.add(indices, { logits: logits!.data as Float32Array });
      }
      return meter;
    };
    const { loss, score: trainScore } = (await measured(before.train, train)).measured();
    const { value } = (await measured(before.validation, validation)).score();
    return { loss, trainScore, validationScore: Number.isFinite(value) ? value : null };
  });
}
