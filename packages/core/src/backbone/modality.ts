import { ModelError, type GraphBuilder, type Model } from "@taskhead/autograd";
import type { FeatureMap } from "../data/positions.js";
import type { Samples } from "../data/samples.js";
import type { Engine } from "../engine/engine.js";
import type { Feeds } from "../engine/session.js";
import type { Targets } from "../data/targets.js";
import type { Objective } from "../objectives/objective.js";
import type { UsualFeatures } from "./poolings.js";

/** A model whose inputs are what training feeds. */
export interface PreparedInput {
  /** Every input with a type; a free batch axis. */
  readonly model: Model;
  /** Initializers that were added, which no one trains. */
  readonly constants: ReadonlySet<string>;
  /** Where features are, and how they are pooled, unless someone asks for others. Default: see `openBackbone`. */
  readonly features?: UsualFeatures;
  /**
   * For features that are a vector for each place of a map: finds that map, or makes it of the value `asked` for.
   * @throws {ModelError} where there is none
   */
  readonly map?: (b: GraphBuilder, asked: string | undefined) => MappedFeatures;
}

/** Where a map of features was found. */
export interface MappedFeatures {
  readonly features: { readonly value: string; readonly width: number };
  readonly map: FeatureMap;
  /** The size of the targets' maps. */
  readonly places: { readonly height: number; readonly width: number };
  /** One sentence. */
  readonly found: string;
  /** What may not be meant as it is, a line each. */
  readonly warnings: readonly string[];
}

/** Some samples as an exported file takes them, in their order. */
export interface ServedBatch {
  readonly count: number;
  readonly feeds: Feeds;
  /** What the file's answers are judged by, where it answers in another size than the network in training. */
  readonly targets?: Targets;
}

/** What an exported model is for. */
export interface ServedTask {
  readonly objective: Objective;
  /** What each of its k logits stands for. */
  readonly outputs: readonly string[];
}

/**
 * A kind of data: what a model's inputs are, how samples of it come to the network, and what the exported file takes.
 * @typeParam Source a set of samples as its owner has it: images, texts, a table
 */
export interface Modality<Source> {
  /** A plural noun: `images`. */
  readonly name: string;
  /** What one sample is called, a noun that takes an s: `image`. */
  readonly sample: string;
  /**
   * Gives a model the inputs that training feeds.
   * @throws {ModelError} if it takes something else
   */
  prepare(model: Model): PreparedInput;
  /**
   * What is wrong with a model whose shapes do not go together once it is prepared.
   * @param error what came of it
   * @returns undefined where the error says it all
   */
  misfit?(model: Model, error: ModelError): ModelError | undefined;
  /** The samples of a source, for a backbone that was opened with this modality. */
  open(source: Source, engine: Engine): Promise<Samples>;
  /** A fine-tuned model as servers get it, from one whose inputs are as `prepare` made them. */
  served(model: Model): Model;
  /** The source's samples as `served` takes them. */
  servedBatches(source: Source, engine: Engine): AsyncIterable<ServedBatch>;
  /** Files beside the exported model that servers read, name → content as JSON. */
  servedFiles(task: ServedTask): Readonly<Record<string, unknown>>;
}

/** Samples of one's own: a model's inputs as it declares them, fed as they are, and exported the same. */
export const ownSamples: Modality<Samples> = {
  name: "samples",
  sample: "sample",
  prepare: (model) => ({ model: withFreeBatch(model), constants: new Set() }),
  open: async (samples) => samples,
  served: (model) => model,
  async *servedBatches(samples) {
    for (let from = 0; from < samples.count; from += 64) {
      const count = Math.min(64, samples.count - from);
      yield { count, feeds: await samples.feeds(Array.from({ length: count }, (_, i) => from + i)) };
    }
  },
  servedFiles: () => ({}),
};

/** A single input gets a batch of any size, whatever size it was exported with. */
function withFreeBatch(model: Model): Model {
  const { inputs, outputs } = model.graph;
  const untyped = inputs.find(({ type }) => !type);
  if (untyped || inputs.length === 0)
    throw new ModelError(`the model does not declare the shape of its input; export it again with shapes`);
  const [first] = inputs;
  const free =
    inputs.length === 1
      ? [{ ...first!, type: { ...first!.type!, shape: ["batch", ...first!.type!.shape.slice(1)] } }]
      : inputs;
  // Declared shapes may be those of the old size.
  return { ...model, graph: { ...model.graph, inputs: free, outputs: outputs.map(({ name }) => ({ name })) } };
}
