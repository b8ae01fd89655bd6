import { addsRows, loadModel } from "@taskhead/autograd";
import { createEngine, numberTargets } from "@taskhead/core";
import {
  graphInputs,
  graphSamples,
  requireGraphs,
  typedInputs,
  upTo,
  type NamedInputs,
} from "@taskhead/core/internals";
import type { TuneOptions } from "../options/table.js";
import { openServedSession } from "../runtime/served-session.js";
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

/** An exported model on graphs, which go through it as disjoint unions. @throws as `openServedSession` does */
export async function openServedGraphs(
  bytes: Uint8Array,
  inputs: NamedInputs,
  device?: TuneOptions["device"],
): Promise<ServedGraphs> {
  const model = loadModel(bytes);
  const taken = graphInputs(typedInputs(model.graph), inputs);
  const session = await openServedSession(bytes, {
    ...(addsRows(model) ? { threads: 1 } : {}),
    ...(device === undefined ? {} : { device }),
  });
  const engine = createEngine(session.ort);
  return {
    async answer(graphs, onAnswer, names) {
      if (graphs.length === 0) return;
      const all = { ...joined(graphs, numberTargets(graphs.map(() => [0]))), ...(names ? { names } : {}) };
      requireGraphs(all);
      const samples = graphSamples(engine, all, taken);
      for (const indices of samples.batches(upTo(all.count), batch)) {
        const values = await session.logits(await samples.feeds(indices));
        const each = values.length / indices.length;
        indices.forEach((index, n) => onAnswer(index, values.subarray(n * each, (n + 1) * each)));
      }
    },
    release: () => session.release(),
  };
}
