import { addsRows, loadModel } from "@taskhead/autograd";
import { createEngine, numberTargets } from "@taskhead/core";
import {
  executionProvider,
  graphInputs,
  graphSamples,
  requireGraphs,
  RuntimeError,
  typedInputs,
  upTo,
  type NamedInputs,
} from "@taskhead/core/internals";
import type { TuneOptions } from "../options/table.js";
import { deviceFor } from "../runtime/device.js";
import { loadRuntime } from "../runtime/runtime.js";
import type { Graph } from "./graph.js";
import { joined } from "./join.js";

/** A loaded model of graphs. */
export interface ServedGraphs {
  /**
   * The logits of each graph, [k], not to be kept; called for some after the other.
   * @param names of the graphs, for messages
   * @throws {DataError} for graphs that are not what the model takes
   */
  answer(
    graphs: readonly Graph[],
    onAnswer: (index: number, logits: Float32Array) => void,
    names?: readonly string[],
  ): Promise<void>;
  release(): Promise<void>;
}

/** Graphs in one run, at most. */
const batch = 64;

/**
 * An exported model on graphs: a session of `onnxruntime-node` alone, on purpose, as what is reported must hold without
 * training's. Graphs go through it as disjoint unions.
 */
export async function openServedGraphs(
  bytes: Uint8Array,
  inputs: NamedInputs,
  device: TuneOptions["device"] = "cpu",
): Promise<ServedGraphs> {
  const ort = await loadRuntime();
  const on = await deviceFor(ort, device);
  const refused = (error: unknown): never => {
    throw new RuntimeError(error);
  };
  const model = loadModel(bytes);
  const taken = graphInputs(typedInputs(model.graph), inputs);
  const engine = createEngine(ort);
  const session = await ort.InferenceSession.create(bytes, {
    logSeverityLevel: 4,
    ...(addsRows(model) ? { intraOpNumThreads: 1 } : {}),
    ...(on === "cpu" ? {} : { executionProviders: [executionProvider(on, model)] }),
  }).catch(refused);
  return {
    async answer(graphs, onAnswer, names) {
      if (graphs.length === 0) return;
      const all = { ...joined(graphs, numberTargets(graphs.map(() => [0]))), ...(names ? { names } : {}) };
      requireGraphs(all);
      const samples = graphSamples(engine, all, taken);
      for (const indices of samples.batches(upTo(all.count), batch)) {
        const { logits } = await session.run(await samples.feeds(indices)).catch(refused);
        const values = logits!.data as Float32Array;
        const each = values.length / indices.length;
        indices.forEach((index, n) => onAnswer(index, values.subarray(n * each, (n + 1) * each)));
      }
    },
    release: () => session.release(),
  };
}
