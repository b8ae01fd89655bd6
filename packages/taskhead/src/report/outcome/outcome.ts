import type { TuneResults } from "@taskhead/core";
import type { BestRun } from "@taskhead/core/internals";
import { capital, tauEquals } from "../../words/format.js";
import { quotedOf } from "../../words/quoted.js";
import { scoreOn } from "../../words/subject.js";
import { caveatsOf } from "./caveats.js";
import { comparisonsOf, type Comparison } from "./comparisons.js";
import { headlineOf } from "./headline.js";
import { leadOf } from "./lead.js";

export interface Outcome {
  /** how good the winner is, by the test samples where there are any */
  title: string;
  /** which preparation won, by how much and how surely, in plain words */
  lead: string;
  /** the same with all of its numbers */
  headline: string;
  comparisons: Comparison[];
  /** what the reader should know before trusting the numbers */
  caveats: string[];
}

/** The outcome of a run in words and numbers, computed from the results alone. */
export function outcomeOf(results: TuneResults): Outcome {
  const { best } = results;
  if (best === null) return failedOutcome(results);
  const comparisons = comparisonsOf(results, best);
  return {
    title: titleOf(results, best),
    lead: leadOf(results, best),
    headline: headlineOf(results, best, comparisons),
    comparisons,
    caveats: caveatsOf(results, best),
  };
}

function failedOutcome(results: TuneResults): Outcome {
  return {
    title: "Every fine-tuning run diverged",
    lead: "Training went out of bounds, whatever the head was like before: a lower learning rate is the first thing to try.",
    headline: `Fine-tuning from ${tauEquals(...results.rows.map((row) => row.tau))} gave no finite result.`,
    comparisons: [],
    caveats: [],
  };
}

/** "80.1 % of 300 test images right", "R² 0.712 on 300 test molecules" */
function titleOf(results: TuneResults, best: BestRun): string {
  const { data } = results;
  const { score, samples } = quotedOf(best, data);
  return capital(scoreOn(score, samples, results));
}
