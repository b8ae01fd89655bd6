import type { ProbeStop } from "../../probe/probe-stop.js";
import type { Job } from "../job.js";
import type { Probed } from "../probing.js";
import type { Store } from "../store/store.js";
import type { EarlierAttempt } from "./earlier-attempts.js";
import type { TrialSpec } from "./spec.js";

/** A trial under way. */
export interface Running {
  job: Job;
  trial: TrialSpec;
  stop: ProbeStop;
  before: Probed["before"];
  store: Store;
  /** At higher rates, before the one under way. */
  attempts: EarlierAttempt[];
}
