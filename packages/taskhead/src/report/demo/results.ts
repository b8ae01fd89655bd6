import type { Tau } from "@taskhead/core";

/** What fresh draws of a demo's task came to. Scores are the share right of each draw's test samples, 0..1. */
export interface FreshDraws {
  seeds: number[];
  /** samples of each draw that were trained on, and that were tested */
  trained: number;
  tested: number;
  /** of fine-tuning */
  epochs: number;
  /** how long the prepared head was probed */
  tau: Tau;
  /** of each draw: the new head alone, the backbone as it was */
  alone: number[];
  /** of each draw, after each epoch: everything trained, from a random head */
  random: number[][];
  /** and from the prepared one */
  prepared: number[][];
  /** of each draw: how far fine-tuning moved the features of test samples, mean ‖z_T − z_0‖ / mean ‖z_0‖ */
  moved: { random: number[]; prepared: number[] };
  /** of the first draw's test samples */
  features: {
    classes: string[];
    /** the class of each sample that is shown */
    of: number[];
    /** before, after fine-tuning from the random head, and from the prepared one */
    places: [number, number][][];
    explained: [number, number];
  };
}
