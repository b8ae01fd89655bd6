/**
 * A table of which training takes few rows, such as embeddings of a large vocabulary. A trainer has those rows alone, and one
 * more, of ones: no sample takes it, so that it becomes what weight decay leaves of every row that none takes, which is the
 * same share of each.
 */
export class RowTable {
  /**
   * @param start the whole table, [n, width], row-major
   * @param rows those taken, each once
   */
  constructor(
    private readonly start: Float32Array,
    private readonly width: number,
    readonly rows: Int32Array,
  ) {}

  /** What training begins with: the rows taken, then one of ones; [rows + 1, width]. */
  initial(): Float32Array {
    return this.own(this.start, 1);
  }

  /** The whole table. @param own [rows + 1, width] */
  whole(own: Float32Array): Float32Array {
    const left = this.left(own);
    const table = this.start.slice();
    if (left !== 1) for (let i = 0; i < table.length; i++) table[i]! *= left;
    const { width } = this;
    this.rows.forEach((row, i) => table.set(own.subarray(i * width, (i + 1) * width), row * width));
    return table;
  }

  /** What is left of a row that no sample takes: a factor. @param own [rows + 1, width] */
  left(own: Float32Array): number {
    return own.at(-1)!;
  }

  /** The rows that a trainer has, of a whole table. @param left `left` of then */
  own(table: Float32Array, left: number): Float32Array {
    const { width, rows } = this;
    const own = new Float32Array((rows.length + 1) * width).fill(left);
    rows.forEach((row, i) => own.set(table.subarray(row * width, (row + 1) * width), i * width));
    return own;
  }
}
