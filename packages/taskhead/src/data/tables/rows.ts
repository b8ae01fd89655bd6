/** What a table's cell holds: text, a list of texts, or null for what is neither. Numbers and dates are text as well. */
export type Cell = string | readonly string[] | null;

/** By column; what is left out, or null in JSON and Parquet, is absent. */
export type Cells = ReadonlyMap<string, Cell>;

/** Where a row of a table is found. */
export interface RowPlace {
  /**
   * As a spreadsheet counts it, from 1: of a table with a header, the first row is 2, and a cell with line breaks in it makes
   * no more rows. Of JSON lines it is the line, of a JSON array and of Parquet the record.
   */
  row: number;
  /** Where an editor has the row's begin, if cells with line breaks before it make that another number. */
  line?: number;
}

export interface Row extends RowPlace {
  cells: Cells;
}

/** A row that cannot be used. */
export interface RefusedRow extends RowPlace {
  /** Where rows of several files are read: which. */
  file?: string;
  reason: string;
}

/** Hears of rows that cannot be read. */
export type Refuse = (row: RefusedRow) => void;

/** Records with named cells, of whatever format: nothing but what is asked for is kept in memory. */
export interface Table {
  readonly path: string;
  /** In the file's order; of JSON all that any record has. One without a name is left out, as pandas' index. */
  readonly columns: readonly string[];
  /** Of columns of class numbers: what each number stands for, where the file says so. */
  readonly classNames: ReadonlyMap<string, readonly string[]>;
  /** What is to be known of how it is read, a line each. */
  readonly notes: readonly string[];
  /**
   * Reads it from its beginning, every time. Empty rows are passed over, but counted.
   * @param refuse hears of rows that are none, as they come
   * @param columns those that are needed. Default: all
   * @throws {UserError} where the rest cannot be read
   */
  rows(refuse: Refuse, columns?: readonly string[]): AsyncIterable<Row>;
}
