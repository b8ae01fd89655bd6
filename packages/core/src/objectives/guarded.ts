import { sizeOf } from "@taskhead/autograd";
import { DataError } from "../given/errors.js";
import { unitCount, type Targets } from "../data/targets.js";
import type { Objective, Outputs } from "./objective.js";

/**
 * The objective as others may call it: it refuses logits that are not as many as the targets ask for, and gives no score to
 * outputs that are not numbers. Ranks and comparisons would make one of them, a perfect one even.
 */
export function guarded(objective: Objective): Objective {
  const { residual, measure, score, tally, each, classes } = objective;
  const known = (outputs: Outputs, targets: Targets): void => requireAsMany(objective, outputs, targets);
  return {
    ...objective,
    residual(outputs, targets) {
      known(outputs, targets);
      return residual(outputs, targets);
    },
    measure(outputs, targets) {
      known(outputs, targets);
      const measured = measure(outputs, targets);
      return Number.isNaN(measured.loss) ? { ...measured, score: NaN } : measured;
    },
    score(outputs, targets) {
      known(outputs, targets);
      return hasNumbers(outputs) ? score(outputs, targets) : { value: NaN };
    },
    tally(outputs, targets) {
      known(outputs, targets);
      return tally(outputs, targets);
    },
    ...(each && {
      each(outputs, targets) {
        known(outputs, targets);
        const all = each(outputs, targets);
        return hasNumbers(outputs) ? all : all.map((one) => ({ ...one, value: NaN }));
      },
    }),
    ...(classes && {
      classes(outputs, targets) {
        known(outputs, targets);
        return classes(outputs, targets);
      },
    }),
  };
}

/** Of maps a number for every place. */
function requireAsMany({ name, outputs: k, meter }: Objective, { logits }: Outputs, targets: Targets): void {
  const units = unitCount(targets);
  const wanted = units * k * (meter ? sizeOf(targets.shape) : 1);
  if (logits.length !== wanted)
    throw new DataError(
      `${name} of ${units} targets takes ${wanted} logits, ${k} for each, not ${logits.length}; give those of the same samples`,
    );
}

function hasNumbers({ logits }: Outputs): boolean {
  for (let i = 0; i < logits.length; i++) if (Number.isNaN(logits[i]!)) return false;
  return true;
}
