import type { TuneResults } from "@taskhead/core";
import { isDialled, type BestRun, type Difference, type Scored } from "@taskhead/core/internals";
import { exportedBlend } from "../../words/blends.js";
import { tauEquals } from "../../words/format.js";
import { probed } from "./phrases.js";
import { bestProbing, compare, failureOf, longest, reached, scored, type Failure } from "./runs.js";

/** The winner against one baseline. */
export interface Comparison {
  name: string;
  /** the baseline in the middle of a sentence */
  phrase: string;
  score: number | null;
  failed: Failure | null;
  /** how far the winner is above it; null without a score */
  difference: Difference | null;
}

/** The winner against probing alone, against a random head, and against what was prepared most. */
export function comparisonsOf(results: TuneResults, best: BestRun): Comparison[] {
  const comparisons: Comparison[] = [];
  const add = (name: string, phrase: string, baseline: Scored | null, failed: Failure | null = null): void => {
    const difference = baseline && !failed ? compare(results, best, baseline) : null;
    comparisons.push({ name, phrase, score: baseline && baseline.score, failed, difference });
  };
  const probing = bestProbing(results.probing);
  if (probing !== null)
    add(
      `Head probing alone, backbone frozen (at its best, ${tauEquals(probing.tau)})`,
      "head probing alone",
      scored(probing.validationScore, probing),
    );
  const blend = exportedBlend(results);
  const run = results.blends?.wiseFt.course.at(-1);
  if (blend && run)
    comparisons.push({
      name: `The best run alone, its weights not averaged (${tauEquals(best.tau)})`,
      phrase: "the best run alone",
      score: run.validationScore,
      failed: null,
      difference: blend.ahead,
    });
  const first = results.rows.find((row) => row.tau === 0);
  if (first && best.tau !== 0)
    add(
      `Fine-tuning from a random head (${tauEquals(0)})`,
      "fine-tuning from a random head",
      reached(first),
      failureOf(first),
    );
  if (isDialled(best.tau)) {
    const [high, low] = [results.rows[0]!, results.rows.at(-1)!];
    for (const [row, which] of [
      [high, "highest"],
      [low, "lowest"],
    ] as const)
      if (row.tau !== best.tau)
        add(
          `Fine-tuning from the ${which} energy (${tauEquals(row.tau)})`,
          `fine-tuning from the ${which} energy`,
          reached(row),
          failureOf(row),
        );
    return comparisons;
  }
  const last = longest(results.rows);
  if (last && last.tau !== best.tau && last.tau !== 0)
    add(
      `Fine-tuning after the longest probing (${tauEquals(last.tau)})`,
      `fine-tuning after ${probed(last.tau, "probing")}`,
      reached(last),
      failureOf(last),
    );
  return comparisons;
}
