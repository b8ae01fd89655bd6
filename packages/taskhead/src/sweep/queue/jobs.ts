import type { JobsOptions } from "bullmq";
import { optionalPackage } from "../../store/packages.js";

/** @throws {UserError} where the optional package is missing */
export function loadBullmq(): Promise<typeof import("bullmq")> {
  return optionalPackage("--queue", "bullmq ioredis", () => import("bullmq"));
}

/** The queue's name, as a dashboard shows it. */
export const queueName = "taskhead";

/** What may pass, such as a lost connection or a process that was killed, is tried so often, later each time. */
const attempts = 5;

const seconds = 1000;
const day = 24 * 60 * 60;

/** @param priority among sweeps, 1 is first */
export function jobOptions(jobId: string, priority: number): JobsOptions {
  return {
    jobId,
    priority,
    attempts,
    backoff: { type: "exponential", delay: 2 * seconds },
    // For the dashboard; what a trial came to is in the store.
    removeOnComplete: { age: day, count: 1000 },
    removeOnFail: { age: 7 * day, count: 1000 },
  };
}

/** How often workers that died may have had a job, before it is taken for what kills them. */
export const maxStalledCount = 25;

/** What a worker tells of a job: how much of the way to its epoch is done; or why it gives the job back. */
export type JobProgress = { done: number } | { refused: string };

/** A fault of ours, which no user can mend: its line begins so. */
export const faultPrefix = "unexpected: ";
