import type { Feeds, Session } from "./session.js";
import type { Weights } from "./weights.js";

/** A tensor that a training step reads and replaces; zeros unless `initial` is given. */
export interface BufferSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial?: Float32Array;
}

/**
 * Parameters and optimizer state between training steps, in the memory of the host or of a device. A graph reads each
 * tensor under its own name and writes it under `next.<name>`.
 */
export interface State {
  /**
   * Runs a graph on the current tensors; what it wrote is current afterwards.
   * @param meanwhile as for the session's `run`
   * @returns its other outputs
   */
  step(session: Session, feeds: Feeds, meanwhile?: () => void): Promise<Feeds>;
  /** Copies of the current values, of all tensors or of those named. @throws {Error} on a name that is not here */
  read(names?: Iterable<string>): Promise<Map<string, Float32Array>>;
  /** As `read`, but not copies of what lies in the host's memory: the next step, or `write`, changes them. */
  lend(names?: Iterable<string>): Promise<Map<string, Float32Array>>;
  /**
   * Copies values into the current tensors; those not named keep theirs.
   * @throws {Error} on a name that is not here, or another size.
   */
  write(weights: Weights): Promise<void>;
  release(): void;
}
