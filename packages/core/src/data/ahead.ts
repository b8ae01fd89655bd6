/**
 * Values that are made one ahead: while the device works on one, the next is made. At most one waits, so that memory is
 * bounded. They are asked for in order, and made in that order, as many as are taken: what a function draws at random is the
 * same as without. Only where nothing more is taken, one may have been made in vain.
 */
export class Ahead<T> {
  #waiting: { readonly index: number; readonly value: Promise<T> } | undefined;
  readonly #count: number;
  readonly #make: (index: number) => Promise<T>;

  /** @param make gives the value of an index below `count`; what it throws is thrown where that value is taken */
  constructor(count: number, make: (index: number) => Promise<T>) {
    this.#count = count;
    this.#make = make;
  }

  /** Begins to make a value, if there is one of that index: never throws, nor leaves a rejection that nobody handles. */
  begin(index: number): void {
    if (index >= this.#count) return;
    const value = this.#made(index);
    // Whoever takes it is told. Where the run stops, nobody does.
    value.catch(() => {});
    this.#waiting = { index, value };
  }

  /** The value of this index: the one that was begun, or made now. */
  take(index: number): Promise<T> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting?.index === index ? waiting.value : this.#made(index);
  }

  async #made(index: number): Promise<T> {
    return this.#make(index);
  }
}
