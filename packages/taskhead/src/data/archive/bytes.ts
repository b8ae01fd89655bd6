/** A file whose bytes are read in any order, wherever it lies. */
export interface Bytes {
  open(): Promise<OpenBytes>;
}

/** One that is open, until it is closed. */
export interface OpenBytes {
  readonly size: number;
  /** From a place on, fewer at the file's end. */
  read(from: number, bytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}
