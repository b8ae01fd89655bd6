/** Tables of texts that are read one after the other, as one. */
export interface TextTables {
  /** As it was asked for. */
  path: string;
  /** The table, or the folder of several; absolute. */
  labels: string;
  /** Absolute. */
  files: readonly string[];
  /** Of columns of class numbers: what each number stands for, beside what the tables say. */
  classNames?: ReadonlyMap<string, readonly string[]>;
}
