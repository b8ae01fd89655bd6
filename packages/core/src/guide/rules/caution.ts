import type { Facts } from "../facts.js";
import type { Rule } from "../rule.js";

/** What to know before believing it. */
export const caution: readonly Rule[] = [
  {
    id: "one-rate",
    source: "The rate confounds tau",
    when: (f) =>
      f.growingSteps && f.rivals.length > 0 && atOneRate(f) && headGrowth(f) >= 2 && Number.isFinite(headGrowth(f)),
    action: () => ({ option: "lr", value: "auto" }),
    numbers: (f) => ({ growth: headGrowth(f) }),
  },
  {
    id: "batchnorm-shift",
    source: "BatchNorm",
    when: ({ batchNormShift, featureNorm }) =>
      batchNormShift !== null && batchNormShift > 0.05 * featureNorm && Number.isFinite(batchNormShift / featureNorm),
    action: () => ({ option: "batchnorm", value: "frozen" }),
    numbers: ({ batchNormShift, featureNorm }) => ({ distance: batchNormShift! / featureNorm }),
  },
];

function atOneRate({ finished }: Facts): boolean {
  return finished.every(({ learningRate }) => learningRate === finished[0]!.learningRate);
}

/** How many times larger the largest head was than the smallest. */
function headGrowth({ finished }: Facts): number {
  const norms = finished.map((run) => run.headNorm);
  return Math.max(...norms) / Math.min(...norms);
}
