import { adamw, sgd, type Optimizer } from "@taskhead/autograd";
import { layerRates, outOfSide, type TrainingSetup } from "@taskhead/core";
import type { TuneOptions } from "../options/options.js";
import type { Finetuning } from "./finetuning.js";

/**
 * How the network is trained from a probed head, in fine-tuning and in the search for its rate.
 * @param learningRate that of fine-tuning; null while it is not known: the head then learns at the rate of the rest
 */
export function trainingSetup(run: Finetuning, learningRate: number | null = null): TrainingSetup {
  const { engine, backbone, head, data, stop, options } = run;
  const { batch, seed, augment, clipNorm, batchnorm, memory } = options;
  return {
    engine,
    backbone,
    head: stop.head,
    architecture: head,
    images: data.train.images,
    classes: data.classes.length,
    batch,
    optimizer: optimizerOf(options),
    rateMultiplier: ratesOf(run, learningRate),
    batchNorm: batchnorm,
    cacheBytes: memory * 1e6,
    ...(clipNorm === undefined ? {} : { clipNorm }),
    ...(data.classWeights ? { classWeights: data.classWeights } : {}),
    augment,
    seed,
  };
}

/** Per parameter, a factor on the learning rate. */
function ratesOf({ trained, options }: Finetuning, learningRate: number | null): (parameter: string) => number {
  const { method, layerDecay, headLr } = options;
  const head = headLr !== undefined && learningRate !== null ? headLr / learningRate : 1;
  const factor = layerRates(trained, { decay: layerDecay, head });
  return method === "side" ? (parameter) => factor(outOfSide(parameter)) : factor;
}

function optimizerOf({ optimizer, momentum, weightDecay }: TuneOptions): Optimizer {
  return optimizer === "sgd" ? sgd({ momentum, weightDecay }) : adamw({ weightDecay });
}
