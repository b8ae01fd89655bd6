/** Something stored is not what was written: a file cut short, changed by others, or of another run. */
export class DamagedError extends Error {
  override readonly name = "DamagedError";
  /**
   * @param key what it is stored under
   * @param remedy what helps
   */
  constructor(
    readonly key: string,
    readonly reason: string,
    remedy = "delete it and run again",
  ) {
    super(`${key}: ${reason}; ${remedy}`);
  }
}

/** Something stored has no seal: an earlier version wrote it, or others. */
export class UnsealedError extends DamagedError {
  constructor(key: string) {
    super(key, "it has no checksum: it is damaged, or of another version of taskhead");
  }
}
