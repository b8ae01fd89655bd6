import type { BestCalibration, BestRun, ClassResult } from "@taskhead/core/internals";

/** The winner of a classification, which has right and wrong answers class by class. */
export interface Classified extends BestRun {
  classes: ClassResult[];
  confusion: number[][];
  calibration: BestCalibration;
  projectedClasses: number[];
}

export function isClassified(best: BestRun): best is Classified {
  return best.confusion !== null;
}
