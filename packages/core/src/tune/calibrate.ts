import type { Targets } from "../data/targets.js";
import { calibration, type Calibration } from "../measures/calibration.js";
import { crossFittedTemperatures, fitTemperature } from "../measures/temperature.js";
import type { BestCalibration, CalibrationPair } from "./results.js";

/** Logits [N, k] and the classes of the same samples. */
export interface Classified {
  readonly logits: ArrayLike<number>;
  readonly samples: { readonly targets: Targets };
}

/**
 * Calibration before and after temperature scaling. The temperature is fitted on the validation samples alone. It is
 * advised where they tell it from 1, and where error and cross-entropy both improve on what it was not fitted to: each
 * fold of the validation samples at the temperature of the others, and the test samples where there are any.
 */
export function calibrate(validation: Classified, test: Classified | null, classes: number): BestCalibration {
  const measure = (set: Classified, temperature: number | ArrayLike<number> = 1): Calibration =>
    calibration(set.logits, set.samples.targets.data, classes, { temperature });
  const labels = validation.samples.targets.data;
  const temperature = fitTemperature(validation.logits, labels, classes);
  const pair = (set: Classified, fitted: () => number | ArrayLike<number>): CalibrationPair => ({
    before: measure(set),
    after: temperature && measure(set, fitted()),
  });
  const pairs = {
    validation: pair(validation, () => crossFittedTemperatures(validation.logits, labels, classes)),
    test: test && pair(test, () => temperature!.value),
  };
  const differs = temperature !== null && (temperature.low > 1 || temperature.high < 1);
  return {
    temperature,
    advised: differs && improves(pairs.validation) && (pairs.test === null || improves(pairs.test)),
    ...pairs,
  };
}

function improves({ before, after }: CalibrationPair): boolean {
  return after !== null && after.nll < before.nll && after.ece < before.ece;
}
