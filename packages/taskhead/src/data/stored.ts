/** Bytes on a disk: those of a file of their own, or a stretch of an archive. */
export interface Stored {
  /** What people call them: the path of the file; of a member of an archive the archive's, with the member's behind it. */
  readonly path: string;
  /** Absent of a file of their own. */
  readonly within?: Stretch;
}

/** Where bytes are that are a part of a file. */
export interface Stretch {
  readonly file: string;
  readonly start: number;
  readonly size: number;
}

/** Which file bytes are in, and from where on; as many as `size`, or all. */
export function placeOfBytes({ path, within }: Stored): { file: string; start: number; size?: number } {
  return within ?? { file: path, start: 0 };
}
