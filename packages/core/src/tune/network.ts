import { sgd, trainingStep, type Model } from "@taskhead/autograd";
import { openBackbone, type Backbone } from "../backbone/backbone.js";
import { trainBatchNorms } from "../backbone/batchnorm.js";
import { bitFit } from "../backbone/bitfit.js";
import { freezeUntil } from "../backbone/frozen.js";
import type { Modality } from "../backbone/modality.js";
import type { Pooling } from "../backbone/pool.js";
import { sideTuned } from "../backbone/side-tuning.js";
import { splitBackbone, type SplitBackbone } from "../backbone/split.js";
import { random } from "../data/random.js";
import { linearHead, mlpHead, withHead, type Head } from "../heads/index.js";
import type { Objective } from "../objectives/objective.js";
import { probeNetwork } from "../probe/probe-network.js";
import type { ModelFile } from "./model-file.js";
import { SettingError, type Settings } from "./settings/index.js";

/** Backbone and head, before any training. */
export interface Network {
  readonly backbone: Backbone;
  readonly head: Head;
  /** The backbone cut below the blocks that start afresh; null if none do. */
  readonly split: SplitBackbone | null;
  /** The network that fine-tuning trains: the backbone, or the side network of side-tuning. */
  readonly trained: Backbone;
}

export interface NetworkFiles {
  readonly backbone: ModelFile;
  /** The side network of side-tuning; the backbone itself where it is left out. */
  readonly side?: ModelFile;
  readonly pooling?: Pooling;
}

/**
 * Opens the network that the settings describe.
 * @throws {ModelError} if a file cannot be read, or what the settings ask of it is not there
 */
export function openNetwork(
  { backbone: file, side, pooling }: NetworkFiles,
  settings: Settings,
  modality: Pick<Modality<never>, "prepare" | "misfit">,
): Network {
  const { features, method, reinitBlocks } = settings;
  const base = openBackbone(file.bytes, { external: file.external, modality, features, pooling });
  const whole = side ? openBackbone(side.bytes, { external: side.external, modality, pooling }) : base;
  const trained = settings.freezeUntil === undefined ? whole : freezeUntil(whole, settings.freezeUntil);
  const joint = method === "side" ? sideTuned(base, trained) : trained;
  const split = reinitBlocks > 0 ? splitBackbone(joint, reinitBlocks) : null;
  const backbone = method === "bitfit" ? bitFit(joint, split?.blocks.parameters) : joint;
  return { backbone, trained, head: headOf(settings, backbone), split };
}

function headOf({ head, headWidth, headDepth, headActivation, headDropout }: Settings, backbone: Backbone): Head {
  if (head === "linear") return linearHead();
  const width = headWidth ?? backbone.width;
  return mlpHead({ width, depth: headDepth, activation: headActivation, dropout: headDropout });
}

/**
 * Builds the training graphs once, for their refusals: an operator without a gradient, or a parameter that cannot start
 * afresh, should not come up after probing.
 * @throws {ModelError} naming the operator, its node and the way to the loss
 */
export function requireTrainable(
  { backbone, head, split }: Network,
  objective: Objective,
  { batchnorm }: Pick<Settings, "batchnorm">,
): void {
  const { width } = backbone;
  const { outputs } = objective;
  const fresh = split && probeNetwork({ head, blocks: split.blocks, width, outputs, seed: 0 });
  const model = withHead(backbone, head, outputs, head.initial(random(0), width, outputs));
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
