import type { Tau } from "@taskhead/core";

/** What fresh drawings of the demo's task came to. Scores are the share right of each drawing's test images, 0..1. */
export interface FreshDrawings {
  seeds: number[];
  /** images of each drawing that were trained on, and that were tested */
  trained: number;
  tested: number;
  /** of fine-tuning */
  epochs: number;
  /** how long the prepared head was probed */
  tau: Tau;
  /** of each drawing: the new head alone, the backbone as it was */
  alone: number[];
  /** of each drawing, after each epoch: everything trained, from a random head */
  random: number[][];
  /** and from the prepared one */
  prepared: number[][];
  /** of each drawing: how far fine-tuning moved the features of test images, mean ‖z_T − z_0‖ / mean ‖z_0‖ */
  moved: { random: number[]; prepared: number[] };
  /** of the first drawing's test images */
  features: {
    classes: string[];
    /** the class of each image that is shown */
    of: number[];
    /** before, after fine-tuning from the random head, and from the prepared one */
    places: [number, number][][];
    explained: [number, number];
  };
}
