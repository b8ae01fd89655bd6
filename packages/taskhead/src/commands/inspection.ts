import {
  isDifferentiable,
  loadModel,
  ModelError,
  OutsizeError,
  type Graph,
  type Model,
  type Node,
  type ValueInfo,
} from "@taskhead/autograd";
import { type Backbone, type BackboneOptions, graphs, images, openBackbone, texts } from "@taskhead/core";
import {
  channelsFirst,
  findBlocks,
  type FoundStart,
  headStartFor,
  outputSize,
  squareSize,
  type Size,
  unserved,
} from "@taskhead/core/internals";
import type { OpenedFile } from "../data/kind.js";
import { UserError } from "../files/errors.js";
import { externalDataOf } from "../files/external-data.js";
import { ofModel } from "../files/model-file.js";
import { configOf } from "../files/model-config.js";
import { graphNetworkOf, type GraphNetwork } from "../graphs/reading.js";
import { labelsOf } from "../images/processor/labels.js";
import { assumedSize, type FoundPreprocessing, preprocessingOf } from "../images/processor/preprocessing-of.js";
import { folderOf } from "../text/kind.js";
import { textFilesOf } from "../text/model-files.js";
import { tokenizerFound, type FoundTokenizer } from "../text/tokenizer-found.js";
import type { TuneOptions } from "../options/table.js";
import { measureStep, type MeasuredStep } from "../run/measure-step.js";

/** What a model holds, and what of it can be trained. */
export interface Inspection {
  model: string;
  inputs: { name: string; type: string; shape: (number | string)[] }[];
  outputs: { name: string; type: string; shape: (number | string)[] }[];
  /** null, with the reason in `problem`, for a model that cannot be fine-tuned as it is */
  features: { name: string; width: number; found: string } | null;
  problem: string | null;
  /** what may not be meant as it is, a line each */
  warnings: string[];
  /** what --reinit-blocks counts, from the input to the features; none for a model without features */
  blocks: { input: string; shape: (number | string)[]; layers: number; parameters: number }[];
  parameters: number;
  layers: { name: string; operator: string; parameters: number; shapes: number[][] }[];
  operators: { operator: string; count: number; differentiable: boolean }[];
  /** of a model that may take images: how pictures become numbers, and who says so; or why that is not known */
  preprocessing: FoundPreprocessing | { refused: string } | null;
  /** of a model that takes texts: how they become numbers, and who says so; or why that is not known */
  texts: FoundTokenizer | { refused: string } | null;
  /** of a graph network: which input is what, and how molecules become its graphs */
  graphs: GraphNetwork | null;
  /** how a new head starts on it, and who says so; null without features */
  head: FoundStart | null;
  /** what config.json calls the model's own outputs */
  labels: string[] | null;
  /** a training step on the device that was asked for: where its operators ran, and what they cost; null unless asked for */
  step: MeasuredStep | null;
}

/** What is asked of a model. */
export interface Inspecting {
  /** The value to take as features, instead of looking for it. */
  readonly features?: string;
  /** Of pictures. Default: as the files beside the model say. */
  readonly size?: TuneOptions["size"];
  /** Where a training step is measured. Default: nowhere. */
  readonly device?: TuneOptions["device"];
}

/** Looks at a model. @throws {ModelError} if it cannot be read, has no such features, or is beyond all measure */
export async function inspectModel(path: string, bytes: Uint8Array, options: Inspecting = {}): Promise<Inspection> {
  const external = externalDataOf(path);
  const model = ofModel(path, () => loadModel(bytes, { external }));
  const { graph } = model;
  const inner = unserved(model);
  const preprocessing = await preprocessingFor(path, { model: inner?.model ?? model, unserved: inner }, options.size);
  const textual = await textsFor(path, inner?.model ?? model);
  const graphNetwork = graphNetworkOf(model);
  const layers = graph.nodes.flatMap((node) => layerOf(graph, node));
  const size = sizeFor(preprocessing, options.size);
  // Where it shrinks, and which shapes fit, is known of one size.
  const sized = preprocessing && (inner || hasFreeSize(graph)) ? images({ size }) : undefined;
  const modality = graphNetwork ? graphs() : (textual?.modality ?? sized);
  return {
    model: path,
    inputs: graph.inputs.map(valueOf),
    outputs: graph.outputs.map(valueOf),
    // What of an earlier export is trained on is below its resizing.
    ...(await trainableOf(path, inner?.model ?? model, modality, options)),
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    layers,
    operators: operatorsOf(graph),
    preprocessing,
    texts: textual && textual.found,
    graphs: graphNetwork,
    labels: await labelsOf(path),
  };
}

type Trainable = Pick<Inspection, "features" | "problem" | "warnings" | "blocks" | "head" | "step">;

/** What of a model can be fine-tuned, or why not more. */
async function trainableOf(
  path: string,
  model: Model,
  modality: BackboneOptions["modality"],
  { features: chosen, device }: Inspecting,
): Promise<Trainable> {
  const found: Trainable = { features: null, problem: null, warnings: [], blocks: [], head: null, step: null };
  try {
    const backbone = openBackbone(model, {
      ...(chosen === undefined ? {} : { features: chosen }),
      ...(modality ? { modality } : {}),
    });
    found.features = { name: backbone.featureName, width: backbone.width, found: backbone.found };
    found.blocks = blocksOf(backbone);
    found.warnings = [...backbone.warnings];
    found.head = headStartFor(await configOf(path));
    if (device !== undefined) found.step = await measureStep(backbone, device);
  } catch (error) {
    if (chosen !== undefined || error instanceof OutsizeError || !(error instanceof ModelError)) throw error;
    found.problem = error.message;
  }
  return found;
}

/** null for a model whose one input is no image. */
async function preprocessingFor(
  path: string,
  file: Pick<OpenedFile, "model" | "unserved">,
  size: TuneOptions["size"],
): Promise<Inspection["preprocessing"]> {
  const [input, ...others] = file.model.graph.inputs;
  if (others.length > 0 || input?.type?.shape.length !== 4) return null;
  try {
    return await preprocessingOf(path, file, { size });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { refused: error.message };
  }
}

/** null for a model whose inputs are no texts. */
async function textsFor(path: string, model: Model) {
  const isTexts = model.graph.inputs.some(({ type }) => type?.shape.length === 2 && /^int(32|64)$/.test(type.dtype));
  if (!isTexts) return null;
  const files = await textFilesOf(path);
  const modality = texts({ files, folder: folderOf(path) });
  try {
    modality.prepare(model);
  } catch (error) {
    if (error instanceof ModelError) return null;
    throw error;
  }
  return { modality, found: await tokenizerFound(files) };
}

function sizeFor(preprocessing: Inspection["preprocessing"], asked: TuneOptions["size"]): Size {
  if (asked === undefined && preprocessing && "preprocessing" in preprocessing)
    return outputSize(preprocessing.preprocessing);
  return squareSize(asked ?? assumedSize);
}

/** Whether an image model leaves its size open: blocks need one, to know where it shrinks. */
function hasFreeSize({ inputs }: Graph): boolean {
  const shape = channelsFirst(inputs[0]?.type?.shape ?? []);
  return shape.length === 4 && shape.slice(2).every((d) => typeof d === "string");
}

function blocksOf(backbone: Backbone): Inspection["blocks"] {
  const { initializers } = backbone.model.graph;
  return findBlocks(backbone).map(({ input, inputShape, layers, parameters }) => ({
    input,
    shape: [...inputShape],
    layers,
    parameters: parameters.reduce((sum, name) => sum + initializers.get(name)!.data.length, 0),
  }));
}

function valueOf({ name, type }: ValueInfo): Inspection["inputs"][number] {
  return { name, type: type?.dtype ?? "unknown", shape: [...(type?.shape ?? [])] };
}

/** A node with float constants of its own is a layer. BatchNormalization's running statistics are no parameters. */
function layerOf(graph: Graph, node: Node): Inspection["layers"] {
  const weights = node.opType === "BatchNormalization" ? node.inputs.slice(0, 3) : node.inputs;
  const shapes = weights.flatMap((input) => {
    const tensor = graph.initializers.get(input);
    return tensor && tensor.dtype.startsWith("float") ? [[...tensor.shape]] : [];
  });
  const parameters = shapes.reduce((sum, shape) => sum + shape.reduce((size, d) => size * d, 1), 0);
  return parameters ? [{ name: node.name || node.outputs[0] || "", operator: node.opType, parameters, shapes }] : [];
}

function operatorsOf(graph: Graph): Inspection["operators"] {
  const found = new Map<string, { count: number; differentiable: boolean }>();
  for (const node of graph.nodes) {
    const operator = node.domain === "" ? node.opType : `${node.domain}.${node.opType}`;
    const entry = found.get(operator) ?? { count: 0, differentiable: isDifferentiable(node.opType, node.domain) };
    entry.count++;
    found.set(operator, entry);
  }
  return [...found]
    .map(([operator, entry]) => ({ operator, ...entry }))
    .sort((a, b) => b.count - a.count || (a.operator < b.operator ? -1 : 1));
}
