import type { ProbeStop, TuneResults } from "@taskhead/core";
import type { Metric } from "@taskhead/core/internals";
import type { Pictures } from "taskhead/report";
import type { Project } from "./project.js";

/** What the worker tells the page. */

export type { Given, Progress, Said, SaidOfPixels } from "./samples.js";

/** The head after tau epochs of probing, as the page shows it. */
export type ProbedPoint = Pick<ProbeStop, "loss" | "trainScore" | "energy" | "validationScore" | "headNorm"> & {
  readonly tau: number;
};

/** A run that came to its end, and what its report shows of samples. */
export interface Finished {
  readonly results: TuneResults;
  readonly pictures: Pictures;
}

/** What is known of a project once it is loaded. */
export interface Loaded {
  readonly project: Project;
  readonly threads: number;
  readonly parameters: number;
  readonly blocks: number;
  /** How samples are read and features found; a sentence each. */
  readonly said: readonly string[];
  /** What is to be known of the samples before scores are believed, such as copies; a line each. */
  readonly notes: readonly string[];
  /** Of samples. */
  readonly train: number;
  readonly validation: number;
  /** 0 where none were given to test on. */
  readonly test: number;
  /** What scores are. */
  readonly metric: Metric;
  /** A run that was finished before. */
  readonly finished: Finished | null;
}
