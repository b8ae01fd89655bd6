/**
 * Lets the event loop run now and then: a session's `run` may block it, and without a pause no signal, timer or
 * progress bar would get its turn.
 */
export class Breather {
  #last = performance.now();

  constructor(readonly everyMs = 50) {}

  /** Pauses for one turn of the event loop if the last pause is more than `everyMs` ago. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#last < this.everyMs) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#last = performance.now();
  }
}
