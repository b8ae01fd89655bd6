import { headAlone, type Head } from "../heads/index.js";
import type { Weights } from "../engine/weights.js";
import { withSession } from "../engine/with-session.js";
import type { Metric } from "../objectives/objective.js";
import type { Data } from "../probe/data.js";
import type { EpochMetrics } from "./checkpoint.js";

/** What a run begins with: the probed head on features that nothing has moved. */
export interface RunStart {
  /** The objective's mean loss on the training samples. */
  readonly loss: number;
  readonly trainScore: number;
  /** null where it does not exist */
  readonly validationScore: number | null;
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
 * is therefore the last epoch. Before it, a run counts as collapsed only if two epochs in a row have unlearned, and the
 * features have shrunk below three quarters of their length at the start: of rectified features that have died no gradient
 * comes back. docs/training.md has what this rule said of runs that collapsed and of runs that did not.
 * @param over whether there are no more epochs to come
 */
export function hasCollapsed(history: readonly EpochMetrics[], expected: Expected, over: boolean): boolean {
  const [before, last] = [history.at(-2), history.at(-1)];
  if (!last || !hasUnlearned(last, expected)) return false;
  return over || (!!before && hasUnlearned(before, expected) && hasShrunk(last, expected));
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
function hasUnlearned(epoch: EpochMetrics, expected: Expected): boolean {
  const { start, guess, metric } = expected;
  const { chance } = metric;
  const known = chance + nothing * (1 - chance);
  const fallen = (score: number, began: number | null): boolean =>
    score < Math.max(known, chance + kept * ((began ?? chance) - chance));
  return (
    epoch.loss > Math.min(start.loss, guess) &&
    fallen(epoch.trainScore, start.trainScore) &&
    fallen(epoch.validationScore, start.validationScore) &&
    ((start.trainScore > known && !expected.weighted) || hasShrunk(epoch, expected))
  );
}

const shrunk = 0.75;

function hasShrunk({ adaptation }: EpochMetrics, { featureNorm }: Expected): boolean {
  return adaptation.norm < shrunk * featureNorm;
}

/** Measures what a run begins with, from z_0. */
export async function runStart(
  { engine, objective, train, validation }: Data,
  { kind, head, width }: { kind: Head; head: Weights; width: number },
  before: { readonly train: Float32Array; readonly validation: Float32Array },
): Promise<RunStart> {
  return withSession(engine.processor, headAlone(kind, width, objective.outputs, head), async (session) => {
    const logits = async (z: Float32Array): Promise<Float32Array> => {
      const { logits } = await session.run({ z: engine.tensor("float32", z, [z.length / width, width]) });
      return logits!.data as Float32Array;
    };
    const { loss, score: trainScore } = objective.measure({ logits: await logits(before.train) }, train.targets);
    const { value } = objective.score({ logits: await logits(before.validation) }, validation.targets);
    return { loss, trainScore, validationScore: Number.isFinite(value) ? value : null };
  });
}
