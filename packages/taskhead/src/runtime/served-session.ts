import { loadModel } from "@taskhead/autograd";
import { executionProvider, RuntimeError, type Feeds } from "@taskhead/core/internals";
import type { TuneOptions } from "../options/table.js";
import { deviceFor } from "./device.js";
import { loadRuntime, type Runtime } from "./runtime.js";

/** A session on an exported model. */
export interface ServedSession {
  readonly ort: Runtime;
  /** What the model takes. */
  readonly inputNames: readonly string[];
  /** All logits of a batch, a sample after another. @throws {RuntimeError} if the runtime refuses it */
  logits(feeds: Feeds): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * `onnxruntime-node` alone, on purpose: what is reported must hold without this library. On a device it is told what to leave to
 * the processor.
 * @param threads Default: as many as there are cores
 * @throws {UserError} if the device does not compute here; {RuntimeError} if the runtime refuses the model
 */
export async function openServedSession(
  model: Uint8Array,
  { threads, device = "cpu" }: { threads?: number; device?: TuneOptions["device"] },
): Promise<ServedSession> {
  const ort = await loadRuntime();
  const on = await deviceFor(ort, device);
  const refused = (error: unknown): never => {
    throw new RuntimeError(error);
  };
  const session = await ort.InferenceSession.create(model, {
    // What goes wrong is thrown; the runtime would print it too, with the names that a model has.
    logSeverityLevel: 4,
    ...(threads ? { intraOpNumThreads: threads } : {}),
    ...(on === "cpu" ? {} : { executionProviders: [executionProvider(on, loadModel(model))] }),
  }).catch(refused);
  return {
    ort,
    inputNames: session.inputNames,
    async logits(feeds) {
      const { logits } = await session.run(feeds).catch(refused);
      return logits!.data as Float32Array;
    },
    release: () => session.release(),
  };
}
