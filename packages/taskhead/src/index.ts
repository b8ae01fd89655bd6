/** What the command does, for programs: see `taskhead --help` for what each option means. */
export { optionsFrom, parseOptions, type TuneOptions } from "./options/options.js";
export type { TuneEvent, TuneInput } from "./options/input.js";
export { UserError } from "./files/errors.js";
export type { BestRun, OodScore, ProbingPoint, TuneResults, TuneRow } from "./report/index.js";
export { InterruptedError } from "./run/interrupted.js";
export { evidenceOf } from "./results/evidence.js";
export type { Caller } from "./run/finish-run.js";
export { readEvidence } from "./run/read-evidence.js";
export { probe, probeFolder, tune, type Found } from "./run/tune.js";
export type { DecodedImage } from "./images/pixels/decode.js";
export { openServed, type Served } from "./images/serving/served.js";
