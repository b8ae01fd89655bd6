/** The self-contained page of a sweep: from its results, without files, scripts or requests. */
export { sweepPage } from "./page.js";
export type { AgainstBest, SweepBest, SweepResults, SweepRow, SweepTrial } from "./results.js";
