import type { BestRun, DataSummary } from "@taskhead/core/internals";
import { plural } from "./format.js";

/** The score to quote, and of which samples it is. */
export interface Quoted {
  score: number;
  /** "300 test images", "12 unseen test images" */
  samples: string;
}

/**
 * That of the test samples where there are any that no other set has, else of the validation samples.
 */
export function quotedOf(
  best: Pick<BestRun, "validationScore" | "testScore" | "unseenTest">,
  { sample, validation, test, duplicates }: DataSummary,
): Quoted {
  const { testScore, unseenTest } = best;
  if (unseenTest) return { score: unseenTest.score, samples: plural(unseenTest.count, `unseen test ${sample}`) };
  const seen = duplicates?.across.some(({ set }) => set === "test");
  return testScore !== null && test && !seen
    ? { score: testScore, samples: plural(test.count, `test ${sample}`) }
    : { score: best.validationScore, samples: plural(validation.count, `validation ${sample}`) };
}
