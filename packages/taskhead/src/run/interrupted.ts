/** The user, or a system, asked to stop (Ctrl-C, SIGTERM). Unless its message says otherwise, everything needed to go on is on disk. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  constructor(message = "saved; run the same command again to resume") {
    super(message);
  }
}

/** For a command that keeps nothing to go on from. */
export function withNothingWritten(error: unknown): unknown {
  return error instanceof InterruptedError ? new InterruptedError("stopped; nothing was written") : error;
}
