import type { Facts } from "../facts.js";
import type { Rule } from "../rule.js";
import { number } from "../words.js";

/** What to know before believing it. */
export const caution: readonly Rule[] = [
  {
    id: "one-rate",
    source: "The rate confounds tau",
    when: (f) => f.rivals.length > 0 && atOneRate(f) && headGrowth(f) >= 2,
    says: (f) =>
      `All taus were compared at one rate, though the probed heads differ ${number(headGrowth(f))}-fold in size: a rate that suits one need not suit another (--lr auto lowers it for larger heads).`,
  },
  {
    id: "batchnorm-shift",
    source: "BatchNorm",
    when: ({ batchNormShift, featureNorm }) => batchNormShift !== null && batchNormShift > 0.05 * featureNorm,
    says: ({ batchNormShift, featureNorm }) =>
      `BatchNorm's batch statistics alone, at rate 0, move the features by ${number(batchNormShift! / featureNorm)} times their length: that part of the adaptation has nothing to do with energy (--batchnorm frozen avoids it).`,
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
