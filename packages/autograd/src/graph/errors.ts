import { describe, type Node } from "./model.js";

/** Letters of a message: models may have thousands of inputs, and names of thousands of letters. */
const longest = 1000;

/** A model that cannot be read or differentiated. The message names the thing, the place and the remedy, in a line. */
export class ModelError extends Error {
  override readonly name: string = "ModelError";
  constructor(message: string, options?: ErrorOptions) {
    // Names out of a damaged file may hold anything.
    const line = message.replace(/\p{Cc}+/gu, " ");
    super(line.length > longest ? `${line.slice(0, longest - 1)}…` : line, options);
  }
}

/** A model that would take memory or time beyond all measure. */
export class OutsizeError extends ModelError {
  override readonly name = "OutsizeError";
}

/** An operator, or a form of one, that the library cannot handle, with the node it sits in. */
export class UnsupportedError extends ModelError {
  override readonly name = "UnsupportedError";
  constructor(
    readonly node: Node,
    /** What is wrong, and what would help. */
    readonly reason: string,
    /** The node's way to the loss, where the trouble is its gradient. */
    readonly path: readonly Node[] = [],
    options?: ErrorOptions,
  ) {
    const place = path.length > 0 ? `; it lies on the path ${pathText(path)} → loss` : "";
    super(`${describe(node)}: ${reason}${place}`, options);
  }
}

/** `Conv 'a' → Det 'b'`, without the middle of a long one. */
function pathText(path: readonly Node[]): string {
  const steps = path.map(describe);
  return (steps.length > 5 ? [...steps.slice(0, 3), "…", steps.at(-1)!] : steps).join(" → ");
}

/**
 * What went wrong at a node. Rules take for granted that a node has the inputs and attributes that its operator requires:
 * what they throw otherwise says nothing to whoever gave the model, and stays as the cause.
 */
export function atNode(node: Node, error: unknown, path: readonly Node[] = []): ModelError {
  if (error instanceof OutsizeError)
    return error.message.startsWith(describe(node)) ? error : new OutsizeError(`${describe(node)}: ${error.message}`);
  if (error instanceof UnsupportedError && error.node === node && path.length === 0) return error;
  if (error instanceof UnsupportedError)
    return new UnsupportedError(
      node,
      error.node === node ? error.reason : `in its gradient, ${error.message}`,
      path,
      error.cause === undefined ? undefined : { cause: error.cause },
    );
  if (error instanceof ModelError) return new UnsupportedError(node, error.message, path, { cause: error });
  return new UnsupportedError(
    node,
    "it is malformed, or beyond what this library understands: its inputs or attributes do not fit the operator; export the model again",
    path,
    { cause: error },
  );
}
