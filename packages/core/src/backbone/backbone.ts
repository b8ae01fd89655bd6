import {
  buildOn,
  loadModel,
  modelWarnings,
  ModelError,
  trainableParameters,
  type Graph,
  type GraphBuilder,
  type LoadOptions,
  type Model,
} from "@taskhead/autograd";
import { requireOptions, type WantedOptions } from "../given/require.js";
import { called, having, isObject } from "../given/wanted.js";
import { phrase } from "../given/words.js";
import type { FeatureLayout, FeatureMap } from "../data/positions.js";
import { typedInputs } from "./codes.js";
import { requireModestCost } from "./cost.js";
import { findFeatures, type FeaturePlace } from "./find-features.js";
import { ownSamples, type ModelNeeds, type PreparedInput, type TypedInput } from "./modality.js";
import { makeRoom } from "./names.js";
import { provenance } from "./provenance.js";
import { pool, type Pooled, type Pooling } from "./pool.js";
import { poolingNames, type PoolingName } from "./pooling-names.js";
import { findPooler, isOfNodes, nodePoolingOf, poolingOf, type NodeAxis } from "./poolings.js";

/** A pretrained network up to its features: z = f(x; B). */
export interface Backbone {
  /** Its inputs → `features` [batch, h]; weights as initializers. */
  readonly model: Model;
  /** What it takes, in the model's order; the batch is the first axis. */
  readonly inputs: readonly BackboneInput[];
  /** The value inside the graph that holds the features, [batch, h]. */
  readonly featureName: string;
  /** h; of a map of positions all numbers of a sample. */
  readonly width: number;
  /** Features are a vector for each place of a map: the value [batch, channels, height, width]. Absent for one vector a sample. */
  readonly map?: FeatureMap;
  /** Of such features: the size of the maps of logits that a head is to make, that of the targets. */
  readonly places?: { readonly height: number; readonly width: number };
  /** Where samples have nodes: whose they are. */
  readonly nodes?: NodeAxis;
  /** One sentence: where the features were found. */
  readonly found: string;
  /** The trainable initializers that the features depend on, B. */
  readonly parameters: readonly string[];
  /** Numbers in them. */
  readonly parameterCount: number;
  /** Memory that one sample takes on its way through the network, at least. */
  readonly sampleBytes: number;
  /** Initializers that no one trains: normalisation, put in front of the network. */
  readonly constants: ReadonlySet<string>;
  /** What may not be meant as it is, a line each. */
  readonly warnings: readonly string[];
  /** The model's own values that had to take other names, old → new. */
  readonly renamed: ReadonlyMap<string, string>;
  /** What it is without its low-rank updates, where it has any (`withLora`). */
  readonly lora?: Lora;
}

/** What stands beside one weight W: the update (α/r) A B. */
export interface LoraAdapter {
  readonly weight: string;
  /** A [in, r] and B [r, out]. */
  readonly down: string;
  readonly up: string;
  /** Of W, which Gemm may have as [out, in]. */
  readonly transposed: boolean;
  readonly width: number;
  readonly outputs: number;
}

/** A backbone with low-rank updates, and what it is without them. */
export interface Lora {
  readonly base: Backbone;
  readonly adapters: readonly LoraAdapter[];
  readonly rank: number;
  /** α/r */
  readonly scale: number;
}

export type BackboneInput = TypedInput;

export interface BackboneOptions extends LoadOptions {
  /** The name of the value to take as features, instead of looking for it. */
  features?: string;
  /**
   * How features per token or per node become one vector a sample. Default: as the modality knows the model to be
   * pretrained; else their mean, over the mask where there is one.
   */
  pooling?: Pooling | PoolingName;
  /** What kind of data the model takes. Default: its inputs as it declares them. */
  modality?: ModelNeeds;
}

const wantedOptions: WantedOptions<BackboneOptions> = {
  features: { wants: "the name of a value", is: (value) => typeof value === "string" },
  pooling: {
    wants: `${phrase(poolingNames, "or")}, or a pooling, such as { over: "tokens", take: "mean" }`,
    is: (value) =>
      isObject(value)
        ? ["tokens", "nodes"].includes(Reflect.get(value, "over") as string)
        : poolingNames.includes(value as PoolingName),
  },
  modality: having("a kind of data, such as images()", "prepare"),
  external: called,
};

/**
 * Opens a pretrained ONNX model and cuts it at its features: those that the file itself names, as exports of ours do; else
 * the input of the linear layer that reaches the first output only through softmax, pooling and reshaping; without such a
 * layer, the output itself. Spatial features [batch, h, H, W] are averaged over positions; features per token
 * [batch, tokens, h] are pooled over tokens, with the mask that the model takes.
 * @param file its bytes, or what was loaded of them
 * @throws {ModelError} if the model cannot be read, `features` names nothing, or the modality cannot feed it.
 */
export function openBackbone(file: Uint8Array | Model, options: BackboneOptions = {}): Backbone {
  requireOptions("openBackbone", options, wantedOptions);
  const { modality = ownSamples } = options;
  const loaded = isObject(file) && "graph" in file ? file : loadModel(file, options);
  const { model: own, renamed } = makeRoom(buildOn(modality.mend?.(loaded) ?? loaded).model());
  const inFile = (text: string): string => asInFile(text, renamed);
  try {
    const backbone = cutAtFeatures(own, renamed, modality, options);
    return { ...backbone, found: inFile(backbone.found) };
  } catch (error) {
    if (error instanceof ModelError) error.message = inFile(error.message);
    throw error;
  }
}

/** What is said of values, with the names that the file has for them. */
function asInFile(text: string, renamed: ReadonlyMap<string, string>): string {
  return [...renamed].reduce((said, [name, now]) => said.replaceAll(`'${now}'`, () => `'${name}'`), text);
}

function cutAtFeatures(
  own: Model,
  renamed: Map<string, string>,
  modality: ModelNeeds,
  options: BackboneOptions,
): Backbone {
  const known = provenance(own, renamed);
  const prepared = modality.prepare(own);
  const builder = builderOf(own, prepared.model, modality);
  const chosen = options.features === undefined ? known.features : options.features;
  const place =
    (options.pooling === "pooler" && options.features === undefined ? poolerOf(builder.graph) : undefined) ??
    (chosen === undefined && prepared.features?.value !== undefined
      ? { value: prepared.features.value, found: `Features are the output '${prepared.features.value}'` }
      : findFeatures(builder.graph, chosen && (renamed.get(chosen) ?? chosen), options.features !== undefined));
  const mapped = prepared.map?.(builder, chosen === undefined ? undefined : place.value);
  const pooled = mapped ? { ...mapped.features, how: "" } : pooledAs(builder, place.value, options.pooling, prepared);
  builder.setOutputs({ features: pooled.value });
  const model = builder.model();
  const { bytes: sampleBytes } = requireModestCost(model.graph, (value) =>
    builder.has(value) ? builder.type(value) : undefined,
  );
  const constants = new Set([...prepared.constants, ...known.constants]);
  const parameters = trainableParameters(model).filter((name) => !constants.has(name));
  return {
    model,
    inputs: typedInputs(model.graph),
    // What an output alone calls it is folded away wherever the graph is built on.
    featureName: buildOn(model).resolve(pooled.value),
    width: pooled.width,
    ...(mapped ? { map: mapped.map, places: mapped.places } : {}),
    ...(prepared.nodes ? { nodes: prepared.nodes } : {}),
    found: mapped?.found ?? `${place.found}${pooled.how}, ${pooled.width} per sample.`,
    parameters,
    parameterCount: numbersIn(model, parameters),
    sampleBytes,
    constants,
    warnings: [...modelWarnings(model), ...(prepared.warnings ?? []), ...(mapped?.warnings ?? [])],
    renamed,
  };
}

/** How the features of a sample lie. */
export function layoutOf({ map, width }: Pick<Backbone, "map" | "width">): FeatureLayout {
  return map ?? width;
}

function poolerOf(graph: Graph): FeaturePlace {
  const value = findPooler(graph);
  return { value, found: `Features are '${value}', of the model's own pooler, as asked` };
}

/** What was asked for; else, for features per node, their mean; else, for features per token, what is usual. */
function pooledAs(
  b: GraphBuilder,
  value: string,
  asked: Pooling | PoolingName | undefined,
  { features: usual, nodes }: Pick<PreparedInput, "features" | "nodes">,
): Pooled {
  const way = usual?.pooling;
  if (typeof way === "object") {
    if (asked !== undefined)
      throw new ModelError("every word has features of its own, which are not pooled; leave option pooling out");
    const pooled = pool(b, value, way);
    return { ...pooled, how: `${pooled.how}, ${usual!.from}` };
  }
  if (nodes && isOfNodes(b, value, nodes) && typeof asked !== "object")
    return pool(b, value, nodePoolingOf(asked ?? "mean", nodes));
  const perToken = b.shape(value).length === 3;
  if (asked === "none" && perToken)
    throw new ModelError(
      `'${value}' is [${b.shape(value).join(", ")}], a vector for each token; take option pooling mean, cls or last`,
    );
  if (asked !== undefined) return pool(b, value, typeof asked === "string" ? poolingOf(asked) : asked);
  if (!usual || way === undefined || !perToken) return pool(b, value);
  const pooled = pool(b, value, poolingOf(way));
  return { ...pooled, how: `${pooled.how}, ${usual.from}` };
}

function builderOf(own: Model, prepared: Model, { misfit }: ModelNeeds): GraphBuilder {
  try {
    return buildOn(prepared);
  } catch (error) {
    throw (error instanceof ModelError && misfit?.(own, error)) || error;
  }
}

/** How many numbers these initializers hold. */
export function numbersIn({ graph }: Model, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (graph.initializers.get(name)?.data.length ?? 0), 0);
}

/** @throws {ModelError} unless the backbone has one input, which it returns. */
export function onlyInput({ inputs }: Backbone): BackboneInput {
  const [input, ...others] = inputs;
  if (!input || others.length > 0)
    throw new ModelError(
      `one input was expected, but the model takes ${inputs.map((i) => i.name).join(", ")}; give a model of one`,
    );
  return input;
}
