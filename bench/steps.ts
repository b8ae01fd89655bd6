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
import { type Backbone, classTargets, type Engine, images, linearHead, openBackbone } from "@taskhead/core";
import { random, targetTensor, Trainer, withHead } from "@taskhead/core/internals";
import { textEncoder } from "./text-encoder.js";

/** The data inputs of a step. */
export type Feeds = Parameters<Trainer["step"]>[0];

/** A step as a benchmark case names it. */
export interface StepCase {
  /** `step`: a network of images; `text`: a text encoder. */
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

export function imageBackbone({ what, size, shared }: Pick<StepCase, "what" | "size" | "shared">): Backbone {
  const pixels = { rescale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] } as const;
  const file = files[what];
  if (file === undefined) throw new Error(`no backbone '${what}'; there are ${Object.keys(files).join(", ")}`);
  const modality = images({ pixels, size: { height: size, width: size } });
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
  const { model, trainable, data } = kind === "text" ? textStep(engine, given) : imageStep(engine, given);
  const graph = trainingStep(model, {
    loss: crossEntropy({ logits: "logits" }),
    optimizer: given.adamw ? adamw() : sgd({ momentum: 0.9 }),
    trainable,
    engine: engine.name,
    channelBlock: await engine.channelBlock(),
  });
  return { graph, feeds: () => ({ ...data, target: targetTensor(engine, classTargets(labelsOf(batch))) }) };
}

interface Setup {
  readonly model: Model;
  readonly trainable: readonly string[];
  readonly data: Feeds;
}

function imageStep(engine: Engine, given: StepCase): Setup {
  const { size, batch } = given;
  const backbone = imageBackbone(given);
  const head = linearHead();
  return {
    model: withHead(backbone, head, classes, head.initial(random(0, "head"), backbone.width, classes)),
    trainable: [...backbone.parameters, ...head.parameters],
    data: { pixels: engine.tensor("uint8", noise(batch * 3 * size * size), [batch, 3, size, size]) },
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
    data: { ids: engine.tensor("int64", ids, [batch, size]) },
  };
}
