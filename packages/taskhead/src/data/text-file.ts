/** A file whose content is text, wherever it lies: on a disk, or among what was dropped on a page. */
export interface TextFile {
  /** As people call it. */
  readonly path: string;
  /** Its bytes from the beginning, every time. */
  pieces(): AsyncIterable<Uint8Array>;
}
