import { describe, type Node } from "./graph/model.js";

/** A model that cannot be read or differentiated. The message names the thing, the place and the remedy, in a line. */
export class ModelError extends Error {
  override readonly name: string = "ModelError";
}

/** An operator, or a form of one, that the library cannot handle, with the node it sits in. */
export class UnsupportedError extends ModelError {
  override readonly name = "UnsupportedError";
  constructor(
    readonly node: Node,
    reason: string,
  ) {
    super(`${describe(node)}: ${reason}`);
  }
}
