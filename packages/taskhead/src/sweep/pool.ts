import { fork, type ChildProcess } from "node:child_process";
import { freemem } from "node:os";
import { fileURLToPath } from "node:url";
import type { SweepOptions } from "./sweep-options.js";
import { UserError } from "../files/errors.js";
import type { SweepTrial } from "../report/sweep/index.js";
import { InterruptedError } from "../run/interrupted.js";
import { limited } from "./limited.js";
import type { RunSweepTrial } from "./run-trial.js";
import type { Trial } from "./trial.js";

/** What goes to a worker. */
export type Request = { open: SweepOptions; threads: number } | { trial: Trial; epochs: number } | { stop: true };

/** What comes back, once for each trial. */
export type Reply = { done: SweepTrial } | { interrupted: true } | { failed: string; user: boolean };

export interface Pool {
  run: RunSweepTrial;
  close(): void;
}

const program = fileURLToPath(new URL("./worker.js", import.meta.url));

/**
 * Processes that run trials, each a whole one at a time. Processes and not threads: the runtime blocks a thread's event
 * loop while it computes, and a thread that is ended then takes the process with it.
 */
export function startPool(options: SweepOptions, count: number, threads: number, signal: AbortSignal): Pool {
  const workers = Array.from({ length: count }, () => new Worker(options, threads));
  const idle = [...workers];
  const stop = (): void => workers.forEach((worker) => worker.send({ stop: true }));
  signal.addEventListener("abort", stop);
  return {
    run: limited(count, signal, async (trial, epochs) => {
      const worker = idle.pop()!;
      try {
        return await worker.run(trial, epochs);
      } finally {
        idle.push(worker);
      }
    }),
    close() {
      signal.removeEventListener("abort", stop);
      workers.forEach((worker) => worker.close());
    },
  };
}

/** How many workers have room in memory, judged by what this process takes with the same data; at least one. */
export function roomFor(): number {
  return Math.max(1, Math.floor(freemem() / (1.5 * process.memoryUsage.rss())));
}

class Worker {
  readonly #process: ChildProcess;

  constructor(options: SweepOptions, threads: number) {
    this.#process = fork(program, { stdio: ["ignore", "ignore", "inherit", "ipc"], serialization: "advanced" });
    this.send({ open: options, threads });
  }

  send(request: Request): void {
    if (this.#process.connected) this.#process.send(request);
  }

  run(trial: Trial, epochs: number): Promise<SweepTrial> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null, signal: string | null): void =>
        reject(
          new UserError(
            `the process of a trial ended (${signal ?? `exit code ${code}`}); try fewer --jobs, as memory may be short`,
          ),
        );
      this.#process.once("exit", ended);
      this.#process.once("message", (reply: Reply) => {
        this.#process.off("exit", ended);
        if ("done" in reply) resolve(reply.done);
        else if ("interrupted" in reply) reject(new InterruptedError());
        else reject(reply.user ? new UserError(reply.failed) : new Error(reply.failed));
      });
      if (this.#process.exitCode !== null || this.#process.signalCode !== null)
        ended(this.#process.exitCode, this.#process.signalCode);
      else this.send({ trial, epochs });
    });
  }

  close(): void {
    if (this.#process.connected) this.#process.disconnect();
  }
}
