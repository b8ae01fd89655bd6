/** What a page shows of a sample besides numbers. */
export interface Shown {
  /** Where it comes from, such as a file or a row. */
  readonly name: string;
  /** A small copy as a `data:` URI; null where there is no picture. */
  readonly thumbnail: string | null;
  /** What it says, of texts. */
  readonly text?: string;
  /** Its words, where each has an answer of its own. */
  readonly words?: readonly string[];
  /** Which words the answers are of, in their order; absent where they are of all. */
  readonly units?: readonly number[];
  /** Of pictures with masks: small copies as `data:` URIs of the truth, and of what was answered before and after. */
  readonly maps?: { readonly truth?: string; readonly before?: string; readonly after?: string };
}
