import { adamw, sgd, type Optimizer } from "@taskhead/autograd";
import type { ProbeStop, TrainingSetup } from "@taskhead/core";
import type { TuneOptions } from "../commands/options.js";
import type { Prepared } from "./prepare.js";

/** How the network is trained from a probed head, in fine-tuning and in the search for its rate. */
export function trainingSetup(
  { engine, backbone, head, data }: Prepared,
  stop: ProbeStop,
  options: TuneOptions,
): TrainingSetup {
  const { batch, seed, augment, clipNorm } = options;
  return {
    engine,
    backbone,
    head: stop.head,
    architecture: head,
    images: data.train.images,
    classes: data.classes.length,
    batch,
    optimizer: optimizerOf(options),
    ...(clipNorm === undefined ? {} : { clipNorm }),
    ...(data.classWeights ? { classWeights: data.classWeights } : {}),
    augment,
    seed,
  };
}

function optimizerOf({ optimizer, momentum, weightDecay }: TuneOptions): Optimizer {
  return optimizer === "sgd" ? sgd({ momentum, weightDecay }) : adamw({ weightDecay });
}
