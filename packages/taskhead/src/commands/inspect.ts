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
import { type Backbone, graphs, images, openBackbone, texts } from "@taskhead/core";
import {
  channelsFirst,
  describeStart,
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
import { ofModel, readModelFile } from "../files/model-file.js";
import { modelFileIn } from "../files/model-folder.js";
import { configOf } from "../files/model-config.js";
import { featurisers } from "../graphs/chemistry/featurisers.js";
import { graphNetworkOf, type GraphNetwork } from "../graphs/reading.js";
import { describePreprocessing } from "../images/processor/describe.js";
import { labelsOf } from "../images/processor/labels.js";
import { assumedSize, type FoundPreprocessing, preprocessingOf } from "../images/processor/preprocessing-of.js";
import { table } from "../terminal/table.js";
import { folderOf } from "../text/kind.js";
import { textFilesOf } from "../text/model-files.js";
import { describeTokenizer, tokenizerFound, type FoundTokenizer } from "../text/tokenizer-found.js";
import { visibleLine } from "../words/visible.js";
import type { TuneOptions } from "../options/table.js";
import { measureStep, type MeasuredStep } from "../run/measure-step.js";
import type { Context } from "./context.js";

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

/** `taskhead inspect`: what a model holds, and what of it can be trained. */
export async function inspect(
  path: string,
  options: { features?: string; size?: TuneOptions["size"]; device?: TuneOptions["device"]; json: boolean },
  context: Pick<Context, "print">,
): Promise<void> {
  const file = modelFileIn(path);
  const inspection = await inspectModel(file, await readModelFile(file), options);
  context.print(options.json ? JSON.stringify(inspection) : describeInspection(inspection));
}

async function inspectModel(
  path: string,
  bytes: Uint8Array,
  {
    features: chosen,
    size: asked,
    device,
  }: { features?: string; size?: TuneOptions["size"]; device?: TuneOptions["device"] } = {},
): Promise<Inspection> {
  const external = externalDataOf(path);
  const model = ofModel(path, () => loadModel(bytes, { external }));
  const { graph } = model;
  const inner = unserved(model);
  const preprocessing = await preprocessingFor(path, { model: inner?.model ?? model, unserved: inner }, asked);
  const textual = await textsFor(path, inner?.model ?? model);
  const size = sizeFor(preprocessing, asked);
  const graphNetwork = graphNetworkOf(model);
  const layers = graph.nodes.flatMap((node) => layerOf(graph, node));
  let features: Inspection["features"] = null;
  let problem: string | null = null;
  let blocks: Inspection["blocks"] = [];
  let warnings: string[] = [];
  let head: Inspection["head"] = null;
  let step: Inspection["step"] = null;
  try {
    // What of an earlier export is trained on is below its resizing.
    const backbone = openBackbone(inner?.model ?? model, {
      ...(chosen === undefined ? {} : { features: chosen }),
      // Where it shrinks, and which shapes fit, is known of one size.
      ...(preprocessing && (inner || hasFreeSize(graph)) ? { modality: images({ size }) } : {}),
      ...(textual ? { modality: textual.modality } : {}),
      ...(graphNetwork ? { modality: graphs() } : {}),
    });
    features = { name: backbone.featureName, width: backbone.width, found: backbone.found };
    blocks = blocksOf(backbone);
    warnings = [...backbone.warnings];
    head = headStartFor(await configOf(path));
    if (device !== undefined) step = await measureStep(backbone, device);
  } catch (error) {
    if (chosen !== undefined || error instanceof OutsizeError || !(error instanceof ModelError)) throw error;
    problem = error.message;
  }
  return {
    model: path,
    inputs: graph.inputs.map(valueOf),
    outputs: graph.outputs.map(valueOf),
    features,
    problem,
    warnings,
    blocks,
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    layers,
    operators: operatorsOf(graph),
    preprocessing,
    texts: textual && textual.found,
    graphs: graphNetwork,
    head,
    labels: await labelsOf(path),
    step,
  };
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

/** Counted from the features, as --reinit-blocks does. */
function blockTable(blocks: Inspection["blocks"]): string {
  const rows = blocks.map(({ input, shape, layers, parameters }, i) => [
    i === 0 ? "" : String(blocks.length - i),
    input,
    shape.join("×"),
    String(layers),
    parameters.toLocaleString("en"),
  ]);
  return table(["--reinit-blocks", "block begins at", "per sample", "layers", "parameters"], rows, { left: [1] });
}

function picturesLine(preprocessing: NonNullable<Inspection["preprocessing"]>): string {
  return "refused" in preprocessing ? `refused: ${preprocessing.refused}` : describePreprocessing(preprocessing);
}

/** "molecules become graphs by ogb: …; it was trained on those of RDKit 2026.09.1" */
function graphsLine({ inputs, featuriser, versions }: GraphNetwork): string {
  const taken = Object.entries(inputs).map(([role, name]) => (role === name ? role : `'${name}' as ${role}`));
  const how =
    featuriser === null
      ? "features of its own, so give graphs as JSON lines"
      : `molecules by ${featuriser}, ${featurisers[featuriser].says}`;
  const trained = Object.entries(versions).map(
    ([name, version]) => `; trained on what ${name} ${version} made of them`,
  );
  return `${taken.join(", ")}: ${how}${trained.join("")}`;
}

/** Memcpy is how values come to a device and back. */
function stepTable({ device, batch, operators }: MeasuredStep): string {
  const rows = operators.map(({ operator, processor, calls, milliseconds, why }) => [
    operator,
    processor && device !== "cpu" ? "processor" : device,
    String(Number(calls.toFixed(1))),
    milliseconds.toFixed(2),
    why ?? "",
  ]);
  const left = operators.filter(({ processor }) => processor && device !== "cpu");
  const lost = left.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [
    `a training step of ${batch} on ${device}${left.length > 0 ? `: ${lost.toFixed(2)} ms of it on the processor, besides the way there and back (Memcpy)` : ""}`,
    table(["operator", "on", "calls", "ms", "why there"], rows, { left: [0, 1, 4] }),
  ].join("\n");
}

function textsLine(found: NonNullable<Inspection["texts"]>): string {
  return "refused" in found ? `refused: ${found.refused}` : describeTokenizer(found);
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 6).join(", ");
  return names.length > 6 ? `${shown}, …` : shown;
}

function describeInspection(inspection: Inspection): string {
  const value = (v: Inspection["inputs"][number]): string => `${v.name}: ${v.type} [${v.shape.join(", ")}]`;
  const { features, problem, blocks, head, labels, preprocessing } = inspection;
  return [
    visibleLine(`inputs    ${inspection.inputs.map(value).join("; ")}`),
    visibleLine(`outputs   ${inspection.outputs.map(value).join("; ")}`),
    visibleLine(`features  ${features ? features.found : `none: ${problem}`}`),
    ...(head ? [visibleLine(`head      starts from ${describeStart(head.start)}: ${head.from}`)] : []),
    ...(labels ? [visibleLine(`labels    ${labels.length}: ${shortList(labels)}`)] : []),
    ...(inspection.graphs ? [visibleLine(`graphs    ${graphsLine(inspection.graphs)}`)] : []),
    ...(preprocessing ? [visibleLine(`pictures  ${picturesLine(preprocessing)}`)] : []),
    ...(inspection.texts ? [visibleLine(`tokenizer ${textsLine(inspection.texts)}`)] : []),
    ...inspection.warnings.map((text) => visibleLine(`warning   ${text}`)),
    "",
    ...(blocks.length ? [blockTable(blocks), ""] : []),
    table(
      ["layer", "operator", "parameters", "shapes"],
      [
        ...inspection.layers.map((l) => [
          l.name,
          l.operator,
          l.parameters.toLocaleString("en"),
          l.shapes.map((s) => s.join("×") || "1").join(" "),
        ]),
        ["all", "", inspection.parameters.toLocaleString("en"), ""],
      ],
      { left: [0, 1, 3] },
    ),
    "",
    table(
      ["operator", "count", "gradient"],
      inspection.operators.map((o) => [o.operator, String(o.count), o.differentiable ? "yes" : "no"]),
      { left: [0, 2] },
    ),
    ...(inspection.step ? ["", stepTable(inspection.step)] : []),
  ].join("\n");
}
