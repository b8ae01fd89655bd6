import { sgd, trainingStep, type Model } from "@taskhead/autograd";
import { openBackbone, type Backbone } from "../backbone/backbone.js";
import { trainBatchNorms } from "../backbone/batchnorm.js";
import { bitFit } from "../backbone/bitfit.js";
import { freezeUntil } from "../backbone/frozen.js";
import { withLora } from "../backbone/lora.js";
import type { ModelNeeds } from "../backbone/modality.js";
import type { Pooling } from "../backbone/pool.js";
import { sideTuned } from "../backbone/side-tuning.js";
import { anyPlaces, type Places } from "../backbone/padded-cut.js";
import { splitBackbone, type Blocks } from "../backbone/split.js";
import { withOwnVectors } from "../backbone/own-vectors.js";
import { splitDecoder } from "../backbone/split-decoder.js";
import { random } from "../data/random.js";
import {
  carriedHead,
  denseHead,
  headStartFor,
  linearHead,
  mlpHead,
  withBlocks,
  withHead,
  type EarlierHead,
  type FoundStart,
  type Head,
} from "../heads/index.js";
import type { Objective } from "../objectives/objective.js";
import { probeNetwork } from "../probe/probe-network.js";
import { modelOf, type ModelFile } from "./model-file.js";
import { SettingError, type Settings } from "./settings/index.js";

/** Backbone and head, before any training. */
export interface Network {
  /** All that lies below the logits' head: what is exported with it. */
  readonly whole: Backbone;
  /** z = f(x; B): the whole, or what lies below the blocks that start afresh. */
  readonly backbone: Backbone;
  /** What makes logits of z; those blocks belong to it. */
  readonly head: Head;
  /** The last part of that head, linear or mlp: ‖W‖ is its. */
  readonly logitsHead: Head;
  /** How the logits' head starts. */
  readonly start: FoundStart;
  /** The blocks that start afresh; null if none do. */
  readonly blocks: Blocks | null;
  /** The network that fine-tuning trains: the backbone, or the side network of side-tuning. */
  readonly trained: Backbone;
}

export interface NetworkFiles {
  readonly backbone: ModelFile | Model;
  /** The side network of side-tuning; the backbone itself where it is left out. */
  readonly side?: ModelFile | Model;
  readonly pooling?: Pooling;
  /** The head that an earlier run ended in, to go on from, and what each logit stands for here. Default: a new one. */
  readonly head?: { readonly earlier: EarlierHead; readonly outputs: readonly string[] };
  /** The content of the backbone's config.json, if it has one: it says how a framework would start a head. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * Opens the network that the settings describe.
 * @param places of the longest sample, for blocks that start afresh where samples differ in length; `placesOf` knows it once
 * samples are open, and until then any will do
 * @throws {ModelError} if a file cannot be read, or what the settings ask of it is not there
 */
export function openNetwork(
  { backbone: file, side, pooling: usual, config, head: going }: NetworkFiles,
  settings: Settings,
  modality: ModelNeeds,
  places: Places = anyPlaces,
): Network {
  const { features, method, reinitBlocks, reinitDecoder, headInit, pooling = usual } = settings;
  const afresh = reinitBlocks > 0 || reinitDecoder;
  const read = openBackbone(modelOf(file), { modality, features, pooling });
  const base = afresh ? withOwnVectors(read) : read;
  const beside = method === "side" ? side : undefined;
  const opened = beside ? openBackbone(modelOf(beside), { modality, pooling }) : base;
  const trained = settings.freezeUntil === undefined ? opened : freezeUntil(opened, settings.freezeUntil);
  const whole = method === "side" ? sideTuned(base, trained) : trained;
  const start = headStartFor(config, headInit);
  const fresh = headOf(settings, whole, start);
  const logitsHead = going ? carriedHead(fresh, going.earlier, going.outputs) : fresh;
  // For its refusal: a head of another size should not come up after the features.
  if (going) logitsHead.initial(random(0), whole.width, going.outputs.length);
  const narrowed = (piece: Backbone): Backbone => {
    if (method === "bitfit") return bitFit(piece);
    if (method !== "lora") return piece;
    const { loraRank, loraAlpha, loraTargets, seed } = settings;
    return withLora(piece, { rank: loraRank, alpha: loraAlpha, targets: loraTargets, seed });
  };
  const common = { trained, logitsHead, start };
  if (!afresh) {
    const backbone = narrowed(whole);
    return { ...common, whole: backbone, backbone, head: logitsHead, blocks: null };
  }
  const { lower, blocks } = reinitDecoder ? splitDecoder(whole) : splitBackbone(whole, reinitBlocks, places);
  return { ...common, whole, backbone: narrowed(lower), head: withBlocks(blocks, logitsHead), blocks };
}

/** The value that features are, by the name that the model's file has for it; filled up, they have one of ours. */
export function featuresName({ backbone, blocks }: Pick<Network, "backbone" | "blocks">): string {
  const [cut] = blocks?.standIns ?? [];
  return cut ?? backbone.featureName;
}

/** Numbers of four bytes that an ONNX file has room for. */
const mostOfHead = 2 ** 29;

function headOf(
  { head, headWidth, headDepth, headActivation, headDropout }: Settings,
  whole: Backbone,
  { start }: FoundStart,
): Head {
  if (whole.map && whole.places) {
    const hidden = head === "mlp" ? { hidden: headWidth ?? whole.map.channels } : {};
    return denseHead({ map: whole.map, size: whole.places, start, ...hidden });
  }
  if (head === "linear") return linearHead({ start });
  const width = headWidth ?? whole.width;
  const numbers = width * (whole.width + (headDepth - 1) * width);
  if (numbers > mostOfHead)
    throw new SettingError(
      "headWidth",
      (named) =>
        `${named("headWidth")} ${width} makes a head of ${Math.round(numbers / 1e6)} million numbers, and one file holds ${Math.round(mostOfHead / 1e6)} million; give a smaller width or depth`,
    );
  return mlpHead({ width, depth: headDepth, activation: headActivation, dropout: headDropout, start });
}

/**
 * Builds the training graphs once, for their refusals: an operator without a gradient, or a parameter that cannot start
 * afresh, should not come up after probing.
 * @throws {ModelError} naming the operator, its node and the way to the loss
 */
export function requireTrainable(
  { backbone, head, logitsHead, blocks }: Network,
  objective: Objective,
  { batchnorm }: Pick<Settings, "batchnorm">,
): void {
  const { outputs } = objective;
  const fresh = blocks && probeNetwork({ head: logitsHead, blocks, width: blocks.width, outputs, seed: 0 });
  const model = withHead(backbone, head, outputs, head.initial(random(0), backbone.width, outputs));
  const step = (trained: Model, trainable: readonly string[]): unknown =>
    trainingStep(trained, { loss: objective.loss(), optimizer: sgd(), trainable });
  const trainable = [...backbone.parameters, ...head.parameters];
  if (batchnorm === "frozen") step(model, trainable);
  else {
    const training = trainBatchNorms(model, trainable);
    if (training.carried.size === 0)
      throw new SettingError(
        "batchnorm",
        (named) => `${named("batchnorm")} train: no BatchNorm is among what is trained; leave it out`,
      );
    step(training.model, trainable);
  }
  if (fresh) step(fresh.trainingModel(fresh.initial(1)), fresh.parameters);
}
