/** Samples or targets that cannot be used. The message is one line. */
export class DataError extends Error {
  override readonly name = "DataError";
}
