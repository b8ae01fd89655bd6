import { ModelError, type GraphBuilder, type Model, type TensorType } from "@taskhead/autograd";
import type { FeatureMap } from "../data/positions.js";
import { requireWanted } from "../given/require.js";
import { sampleSets, type Samples } from "../data/samples.js";
import type { Engine } from "../engine/engine.js";
import type { Feeds } from "../engine/session.js";
import type { Targets } from "../data/targets.js";
import type { Objective } from "../objectives/objective.js";
import type { NodeAxis, UsualFeatures } from "./poolings.js";

/** A model whose inputs are what training feeds. */
export interface PreparedInput {
  /** Every input with a type; a free batch axis. */
  readonly model: Model;
  /** Initializers that were added, which no one trains. */
  readonly constants: ReadonlySet<string>;
  /** Where features are, and how they are pooled, unless someone asks for others. Default: see `openBackbone`. */
  readonly features?: UsualFeatures;
  /** What of its inputs may not be meant as it is, a line each. */
  readonly warnings?: readonly string[];
  /** Where samples have nodes: whose they are, for features per node to be pooled by. */
  readonly nodes?: NodeAxis;
  /**
   * For features that are a vector for each place of a map: finds that map, or makes it of the value `asked` for.
   * @throws {ModelError} where there is none
   */
  readonly map?: (b: GraphBuilder, asked: string | undefined) => MappedFeatures;
}

/** One of a model's inputs. */
export interface TypedInput extends TensorType {
  readonly name: string;
  /** Of whole numbers that choose rows of tables: how many there are. */
  readonly tables?: CodeTables;
}

/** How many rows of tables an input's numbers choose from: all of its numbers, and those of single columns. */
export interface CodeTables {
  readonly all?: number;
  readonly columns: ReadonlyMap<number, number>;
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
  /** Which samples they are. Default: those that come next. */
  readonly indices?: readonly number[];
  readonly feeds: Feeds;
  /** Where samples have units: which rows of the file's logits are theirs. Default: all, in their order. */
  readonly rows?: readonly number[];
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
  /** Puts right, in a model as its file has it, what exports of such models are known to get wrong. */
  mend?(model: Model): Model;
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
  /**
   * The samples of a source, for a backbone that was opened with this modality.
   * @param inputs the backbone's, where samples are fed as it takes them. Default: as `prepare` usually makes them
   */
  open(source: Source, engine: Engine, inputs?: readonly TypedInput[]): Promise<Samples>;
  /** A fine-tuned model as servers get it, from one whose inputs are as `prepare` made them. */
  served(model: Model): Model;
  /** The source's samples as `served` takes them. @param inputs that file's; default as in `open` */
  servedBatches(source: Source, engine: Engine, inputs?: readonly TypedInput[]): AsyncIterable<ServedBatch>;
  /** Files beside the exported model that servers read, name → content as JSON. */
  servedFiles(task: ServedTask): Readonly<Record<string, unknown>>;
}

/** What opening a model asks of a modality. */
export type ModelNeeds = Pick<Modality<never>, "mend" | "prepare" | "misfit">;

/** Samples of one's own: a model's inputs as it declares them, fed as they are, and exported the same. */
export const ownSamples: Modality<Samples> = {
  name: "samples",
  sample: "sample",
  prepare: (model) => ({ model: withFreeBatch(model), constants: new Set() }),
  async open(samples) {
    requireWanted("a set of ownSamples", samples, sampleSets);
    return samples;
  },
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
