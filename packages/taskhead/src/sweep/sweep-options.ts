import type { TuneOptions } from "../options/options.js";
import type { Grid } from "./grid.js";
import type { Rate } from "./rate.js";

/** What `sweep` does, every option checked. Plain values: trials run in processes of their own. */
export interface SweepOptions {
  /** One for each method, head and smoothing, those that train first; they differ in nothing else that they have a use for. */
  groups: TuneOptions[];
  rates: Rate[];
  seeds: number[];
  /** Whether only the better half trains on, from rung to rung. */
  halving: boolean;
  /** Trials at once; one per thread unless given. */
  jobs: number;
  /** As asked. */
  grid: Grid;
  /** Options, by their flags, that are not the same in all groups that have a use for them, such as `--sp-alpha` of one method. */
  others: Record<string, string>;
  /** Unless trials run on this machine. */
  queue?: QueueOptions;
}

/** Where the trials of a sweep are run by workers. */
export interface QueueOptions {
  /** Address of a Redis or Valkey server, which may hold a password: it is never shown, kept or sent. */
  url: string;
  /** Address of the store that sweep and workers share; likewise. */
  store: string;
  /** Among the sweeps of a queue; 1 is first. */
  priority: number;
  /** Workers to write an array job for. */
  slurm?: number;
}
