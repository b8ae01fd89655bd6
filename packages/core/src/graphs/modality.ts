import type { Modality } from "../backbone/modality.js";
import { upTo } from "../data/samples.js";
import { requireGraphs, type Graphs } from "./graphs.js";
import { graphInput, mendedGraphs } from "./input.js";
import { graphInputs, type NamedInputs } from "./inputs.js";
import { bounded, graphSamples, usualInputs } from "./samples.js";
import { graphFolderFiles, withFeaturiser, type Featuriser } from "./served.js";
import { graphTensors } from "./tensors.js";

export interface GraphOptions {
  /** Which of the model's inputs is which. Default: by their names, types and shapes (`graphInputs`). */
  inputs?: NamedInputs;
  /** What makes the graphs' features, for those who use the exported model. */
  featuriser?: Featuriser;
}

/** Graphs, a batch of them as their disjoint union. */
export function graphs({ inputs: named, featuriser }: GraphOptions = {}): Modality<Graphs> {
  return {
    name: "graphs",
    sample: "graph",
    mend: (model) => mendedGraphs(model, named),
    prepare: (model) => graphInput(model, named),
    async open(source, engine, inputs) {
      requireGraphs(source);
      return graphSamples(engine, source, inputs ? graphInputs(inputs, named) : usualInputs(source));
    },
    served: (model) => withFeaturiser(model, featuriser),
    async *servedBatches(source, engine, inputs) {
      const taken = inputs ? graphInputs(inputs, named) : usualInputs(source);
      for (const indices of bounded(source, upTo(source.count), batch))
        yield { count: indices.length, feeds: graphTensors(engine, source, indices, taken) };
    },
    servedFiles: (task) => graphFolderFiles(task, featuriser),
  };
}

/** Graphs in one run of the exported file, at most. */
const batch = 64;
