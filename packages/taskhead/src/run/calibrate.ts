import { calibration, fitTemperature } from "@taskhead/core";
import type { BestCalibration, CalibrationPair } from "../report/index.js";

/** What a model says of labelled images: logits [N, k], class indices [N]. */
export interface Scored {
  logits: Float32Array;
  labels: ArrayLike<number>;
}

/** Calibration before and after temperature scaling; the temperature is fitted on the validation images alone. */
export function calibrate(validation: Scored, test: Scored | null, classes: number): BestCalibration {
  const temperature = fitTemperature(validation.logits, validation.labels, classes);
  const pair = ({ logits, labels }: Scored): CalibrationPair => ({
    before: calibration(logits, labels, classes),
    after: calibration(logits, labels, classes, { temperature }),
  });
  return { temperature, validation: pair(validation), test: test && pair(test) };
}
