import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Asked, Opening, Reply, Request } from "./trial-process.js";

const program = fileURLToPath(new URL("./trial-process.js", import.meta.url));

/** What a trial came to in its process. */
export type Outcome = Exclude<Reply, { done: number }> | { ended: string };

/** A process that runs one trial at a time. */
export class Child {
  // Nothing of a worker's environment needs to be kept from it: it opens the store by the same variables.
  readonly #process = fork(program, { stdio: ["ignore", "ignore", "inherit", "ipc"], serialization: "advanced" });
  #stopped = false;
  #asked = false;

  /** Whether it has a sweep open, or is about to. */
  get asked(): boolean {
    return this.#asked;
  }

  /** Whether it can be given another trial. */
  get usable(): boolean {
    return !this.#stopped && this.#process.connected;
  }

  /** Has it open a sweep while there is nothing else to do. */
  open(opening: Opening): void {
    this.#asked = true;
    if (this.usable) this.#process.send({ open: opening } satisfies Request);
  }

  run(request: Asked, onDone: (share: number) => void): Promise<Outcome> {
    const child = this.#process;
    this.#asked = true;
    return new Promise((resolve) => {
      const end = (outcome: Outcome): void => {
        child.off("exit", ended);
        child.off("message", heard);
        resolve(outcome);
      };
      const ended = (code: number | null, signal: string | null): void => end({ ended: signal ?? `exit code ${code}` });
      const heard = (reply: Reply): void => ("done" in reply ? onDone(reply.done) : end(reply));
      child.on("exit", ended);
      child.on("message", heard);
      if (child.exitCode !== null || child.signalCode !== null) ended(child.exitCode, child.signalCode);
      else child.send(request);
    });
  }

  /** Has the trial save where it stands and end; the process is of no more use then. */
  stop(): void {
    this.#stopped = true;
    if (this.#process.connected) this.#process.send({ stop: true } satisfies Request);
  }

  close(): void {
    if (this.#process.connected) this.#process.disconnect();
  }
}
