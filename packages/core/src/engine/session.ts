import type { Tensor } from "onnxruntime-common";

/** Tensors by the names of a graph's inputs or outputs. */
export type Feeds = Record<string, Tensor>;

/** One loaded model. Tensors are ONNX Runtime's, their data row-major on the CPU. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Inputs `x` in whose memory the output `next.x` may be written (`overwritable`); none where it is left out. */
  readonly overwritable?: ReadonlySet<string>;
  /**
   * Computes every output; feeds that the model does not take are left aside. An output named in `fetches` is written into
   * that tensor, which must have its type and shape and must not be one of the feeds but for those in `overwritable`: the
   * runtime may write an output before it has read all of an input.
   * @param meanwhile called once, when the run is under way: what it begins is done while the device works (`Ahead`). It
   * must not throw. A device's work leaves this thread free if the session was opened as `overlapping`; a processor's does
   * not, and only what waits for a disk or a network goes on beside it.
   */
  run(feeds: Feeds, fetches?: Feeds, meanwhile?: () => void): Promise<Feeds>;
  release(): Promise<void>;
}
