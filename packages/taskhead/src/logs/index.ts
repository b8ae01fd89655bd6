export { ended, following, parametersOf, probingRuns, trialRun } from "./follow.js";
export { logFormats, type LogFormat } from "./formats.js";
export type { LoggedPoint, LoggedRun, LogWriter } from "./logged-run.js";
export { openWriters } from "./writers.js";
