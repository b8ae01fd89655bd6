export { ended, following, parametersOf, probingRuns, trialRun } from "./follow.js";
export type { LoggedRun, LogWriter } from "./logged-run.js";
export { openWriters } from "./writers.js";
