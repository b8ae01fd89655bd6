import type { TuneOptions } from "../options/options.js";
import type { Grid } from "./grid.js";
import type { Rate } from "./rate.js";

/** What `sweep` does, every option checked. Plain values: trials run in processes of their own. */
export interface SweepOptions {
  /** One for each method, head and smoothing; they differ in nothing else. */
  groups: TuneOptions[];
  rates: Rate[];
  seeds: number[];
  /** Whether only the better half trains on, from rung to rung. */
  halving: boolean;
  /** Trials at once; one per thread unless given. */
  jobs: number;
  /** As asked. */
  grid: Grid;
}
