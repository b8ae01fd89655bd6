/**
 * Lets work on pictures begin in the order in which it is asked for, as long as they have few pixels together: photos go side
 * by side, of the largest ones two or so. Memory is bound by it, however many cores there are.
 */
export class PixelBudget {
  private taken = 0;
  private readonly waiting: { pixels: number; begin: () => void }[] = [];

  /** @param most pixels at a time; what has more alone goes alone */
  constructor(private readonly most: number) {}

  /** Runs `task` when there is room for `pixels`. */
  async run<T>(pixels: number, task: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin) => {
      this.waiting.push({ pixels, begin });
      this.admit();
    });
    try {
      return await task();
    } finally {
      this.taken -= pixels;
      this.admit();
    }
  }

  private admit(): void {
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      if (this.taken > 0 && this.taken + next.pixels > this.most) return;
      this.waiting.shift();
      this.taken += next.pixels;
      next.begin();
    }
  }
}
