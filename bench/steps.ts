/** The training steps that are measured: networks, and a batch for each. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  adamw,
  crossEntropy,
  sgd,
  trainableParameters,
  trainingStep,
  type Model,
  type TrainingStep,
} from "@taskhead/autograd";
import {
  type Backbone,
  classTargets,
  denseHead,
  type Engine,
  graphs,
  type Graphs,
  images,
  linearHead,
  maskedImages,
  openBackbone,
  segmentation,
  type Targets,
} from "@taskhead/core";
import { inOrder, random, targetTensor, Trainer, upTo, withHead } from "@taskhead/core/internals";
import { moleculesFile, type MoleculeGraph } from "./molecules.js";
import { textEncoder } from "./text-encoder.js";

/** The data inputs of a step. */
export type Feeds = Parameters<Trainer["step"]>[0];

/** A step as a benchmark case names it. */
export interface StepCase {
  /**
   * `step`: a network of images; `pixels`: one that says a class for every pixel; `text`: a text encoder; `graph`: a network of
   * molecules, a batch after the other.
   */
  readonly kind: string;
  readonly what: string;
  /** Pixels of a side, or tokens. */
  readonly size: number;
  readonly batch: number;
  readonly adamw: boolean;
  /** The folder of models. */
  readonly shared: string;
}

export interface MeasuredStep {
  readonly graph: TrainingStep;
  /** A batch, its target made anew each time. */
  feeds(): Feeds;
}

export const classes = 10;

const files: Readonly<Record<string, string>> = {
  darknet: "tiny-darknet.onnx",
  resnet20: "cifar-resnet20.onnx",
  lite0: "efficientnet-lite0/onnx/model.onnx",
};

export function imageBackbone(
  { what, size, shared }: Pick<StepCase, "what" | "size" | "shared">,
  kind: typeof images | typeof maskedImages = images,
): Backbone {
  const pixels = { rescale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] } as const;
  const file = files[what];
  if (file === undefined) throw new Error(`no backbone '${what}'; there are ${Object.keys(files).join(", ")}`);
  const modality = kind({ pixels, size: { height: size, width: size } });
  return openBackbone(readFileSync(join(shared, "models", file)), { modality });
}

export function noise(count: number): Uint8Array {
  const rng = random(0, "images");
  return Uint8Array.from({ length: count }, () => rng.integer(0, 255));
}

/** As many labels, every class in turn. */
export const labelsOf = (count: number): number[] => Array.from({ length: count }, (_, i) => i % classes);

export async function measuredStep(engine: Engine, given: StepCase): Promise<MeasuredStep> {
  const { kind, batch } = given;
  const known = kind in steps ? (kind as keyof typeof steps) : "image";
  const { model, trainable, data, targets = () => classTargets(labelsOf(batch)) } = await steps[known](engine, given);
  let next = 0;
  const graph = trainingStep(model, {
    loss: known === "pixels" ? segmentation(classes).loss() : crossEntropy({ logits: "logits" }),
    optimizer: given.adamw ? adamw() : sgd({ momentum: 0.9 }),
    trainable,
    engine: engine.name,
    channelBlock: await engine.channelBlock(),
  });
  return {
    graph,
    feeds: () => ({ ...data[next++ % data.length]!, target: targetTensor(engine, targets()) }),
  };
}

interface Setup {
  readonly model: Model;
  readonly trainable: readonly string[];
  /** One after another. */
  readonly data: readonly Feeds[];
  /** Of a batch. Default: every class in turn. */
  readonly targets?: () => Targets;
}

const steps = { image: imageStep, pixels: pixelStep, text: textStep, graph: graphStep };

function imageStep(engine: Engine, given: StepCase): Setup {
  const { size, batch } = given;
  const backbone = imageBackbone(given);
  const head = linearHead();
  return {
    model: withHead(backbone, head, classes, head.initial(random(0, "head"), backbone.width, classes)),
    trainable: [...backbone.parameters, ...head.parameters],
    data: [{ pixels: engine.tensor("uint8", noise(batch * 3 * size * size), [batch, 3, size, size]) }],
  };
}

/** Logits of a map, resized to the picture. */
function pixelStep(engine: Engine, given: StepCase): Setup {
  const { size, batch } = given;
  const backbone = imageBackbone(given, maskedImages);
  const head = denseHead({ map: backbone.map!, size: backbone.places! });
  const labels = Int32Array.from(labelsOf(batch * size * size));
  return {
    model: withHead(backbone, head, classes, head.initial(random(0, "head"), backbone.width, classes)),
    trainable: [...backbone.parameters, ...head.parameters],
    data: [{ pixels: engine.tensor("uint8", noise(batch * 3 * size * size), [batch, 3, size, size]) }],
    targets: () => ({ data: labels, shape: [size, size] }),
  };
}

function textStep(engine: Engine, { what, size, batch }: StepCase): Setup {
  const rng = random(0, "text");
  const ids = BigInt64Array.from({ length: batch * size }, () => BigInt(rng.integer(0, 30521)));
  const model = textEncoder({ classes, length: size, layers: Number(/\d+$/.exec(what)?.[0] ?? 6) });
  const all = trainableParameters(model);
  return {
    model,
    trainable: what.startsWith("frozen") ? all.filter((name) => !name.startsWith("embeddings.")) : all,
    data: [{ ids: engine.tensor("int64", ids, [batch, size]) }],
  };
}

/** A GIN in evaluation mode, as fine-tuning leaves BatchNorm, on the batches that PyTorch's side has. */
async function graphStep(engine: Engine, { batch, shared }: StepCase): Promise<Setup> {
  const modality = graphs();
  const backbone = openBackbone(readFileSync(join(shared, "models", "gin-chem.onnx")), { modality });
  const all = JSON.parse(readFileSync(join(shared, moleculesFile), "utf8")) as MoleculeGraph[];
  const starts = (of: (one: MoleculeGraph) => number): Uint32Array => {
    let end = 0;
    return Uint32Array.from([0, ...all.map((one) => (end += of(one)))]);
  };
  const source: Graphs = {
    count: all.length,
    targets: classTargets(labelsOf(all.length)),
    nodes: Int32Array.from(all.flatMap(({ x }) => x.flat())),
    nodeWidth: all[0]!.x[0]!.length,
    nodeStarts: starts(({ x }) => x.length),
    sources: Int32Array.from(all.flatMap(({ edge_index: [from] }) => from)),
    destinations: Int32Array.from(all.flatMap(({ edge_index: [, to] }) => to)),
    edgeStarts: starts(({ edge_attr: edges }) => edges.length),
    edges: Int32Array.from(all.flatMap(({ edge_attr: edges }) => edges.flat())),
    edgeWidth: 3,
  };
  const samples = await modality.open(source, engine, backbone.inputs);
  const data: Feeds[] = [];
  for (const indices of inOrder(upTo(all.length), batch)) data.push(await samples.feeds(indices));
  const head = linearHead();
  const whole = withHead(backbone, head, classes, head.initial(random(0, "head"), backbone.width, classes));
  return {
    model: { ...whole, graph: { ...whole.graph, outputs: [{ name: "logits" }] } },
    trainable: [...backbone.parameters, ...head.parameters],
    data,
  };
}
