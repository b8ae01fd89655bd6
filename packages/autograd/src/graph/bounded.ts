import { OutsizeError } from "./errors.js";

/** What a rule makes of a node's sizes: more numbers, or more nodes, were exported by nobody, and would fill the memory. */
const most = 2 ** 24;

/**
 * As many as that, where a list of them is to be made.
 * @throws {OutsizeError} where they are too many
 */
export function bounded(count: number, limit = most): number {
  if (count <= limit) return count;
  throw new OutsizeError(
    `its sizes ask for a list of ${count.toLocaleString("en")}, and ${limit.toLocaleString("en")} is the longest; export the model with smaller ones`,
  );
}
