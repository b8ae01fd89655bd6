/** Training produced a loss that is not a finite number, or far above where it began. A lower learning rate is the usual remedy. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
  constructor(
    readonly loss: number,
    /** Steps taken, this one included. */
    readonly step: number,
    /** From 1; unknown to the trainer, filled in by the loop that counts epochs. */
    readonly epoch?: number,
  ) {
    const place = epoch === undefined ? `step ${step}` : `epoch ${epoch} (step ${step})`;
    super(`the loss became ${loss} in ${place}: training diverged; lower the learning rate`);
  }

  /** The same error with the epoch in which it happened. */
  inEpoch(epoch: number): DivergedError {
    return new DivergedError(this.loss, this.step, epoch);
  }
}
