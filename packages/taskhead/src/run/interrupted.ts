/** The user asked to stop (Ctrl-C) and everything needed to go on is on disk. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  constructor() {
    super("saved; run the same command again to resume");
  }
}
