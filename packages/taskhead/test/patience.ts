/**
 * Waits for work as long as something is heard of it, however long that takes. Seconds are counted by a timer of this process: where
 * others take the processor, and while it computes itself, they are longer.
 */
export class Patience {
  #quiet = 0;

  /** @param seconds without a sign, after which the work is given up */
  constructor(private readonly seconds = 300) {}

  /** Something was heard. */
  readonly heard = (): void => void (this.#quiet = 0);

  /** @throws {Error} that names the work, once nothing was heard for so long */
  async during<T>(what: string, work: Promise<T>): Promise<T> {
    this.heard();
    let counting: NodeJS.Timeout | undefined;
    const lost = new Promise<never>((_, reject) => {
      counting = setInterval(() => {
        if (++this.#quiet >= this.seconds) reject(new Error(`nothing was heard of ${what} for ${this.seconds} s`));
      }, 1000);
    });
    try {
      return await Promise.race([work, lost]);
    } finally {
      clearInterval(counting);
    }
  }
}
