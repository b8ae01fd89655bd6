/** Within an epoch not every step: a checkpoint of a large model takes a while to write. */
const secondsBetweenCheckpoints = 60;

/** An epoch's end is kept where keeping takes no more than this share of the time: short epochs may be very many. */
const shareForKeeping = 0.05;

/** When a run's state was kept, and how long that took. */
export class Keeping {
  #at = performance.now();
  /** The first epoch is kept at once. */
  #took = 0;

  isDue(why: "epoch" | "steps"): boolean {
    const since = performance.now() - this.#at;
    return why === "epoch" ? this.#took <= shareForKeeping * since : since > 1000 * secondsBetweenCheckpoints;
  }

  async keep(write: () => Promise<void>): Promise<void> {
    const from = performance.now();
    await write();
    this.#at = performance.now();
    this.#took = this.#at - from;
  }
}
