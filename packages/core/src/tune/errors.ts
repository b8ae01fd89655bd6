/** Something stored is not what was written: a file cut short, or changed by others. */
export class DamagedError extends Error {
  override readonly name = "DamagedError";
  /** @param key what it is stored under */
  constructor(
    readonly key: string,
    readonly reason: string,
  ) {
    super(`${key}: ${reason}; delete it and run again`);
  }
}
