import { adamw, sgd, type Optimizer } from "@taskhead/autograd";
import { outOfLora } from "../backbone/lora.js";
import { outOfSide } from "../backbone/side-tuning.js";
import { aroundStart } from "../finetune/around-start.js";
import { layerRates } from "../finetune/layer-rates.js";
import { stepsPerEpoch } from "../finetune/run.js";
import type { TrainingOptions } from "../finetune/training-setup.js";
import { unfreezing } from "../finetune/unfreezing.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import type { Job } from "./job.js";
import type { Settings } from "./settings/index.js";

/**
 * How the network is trained from a probed head, in fine-tuning and in the search for its rate.
 * @param learningRate that of fine-tuning, before it was lowered: a head's own rate is lowered with it, as it is a factor on
 * it; null while it is not known: the head then learns at the rate of the rest, and all blocks from the first step, as the
 * rate has to suit them all
 */
export function trainingOptions(job: Job, stop: ProbeStop, learningRate: number | null = null): TrainingOptions {
  const { network, settings, classWeights, memoryBytes } = job;
  const { batch, seed, clipNorm, batchnorm, precision } = settings;
  return {
    head: stop.head,
    architecture: network.head,
    batch,
    optimizer: optimizerOf(settings),
    rateMultiplier: ratesOf(job, learningRate),
    ...courseOf(job, learningRate),
    batchNorm: batchnorm,
    cacheBytes: memoryBytes,
    ...(clipNorm === "none" ? {} : { clipNorm }),
    precision,
    ...(classWeights ? { classWeights } : {}),
    seed,
  };
}

/** What a head's own rate comes to where the rate that it stands beside is lowered; null where it has none. */
export function headRate(
  { headLr }: Pick<Settings, "headLr">,
  { asked, now }: { asked: number | null; now: number | null },
): number | null {
  return headLr === undefined || asked === null || now === null ? null : headLr * (now / asked);
}

/** Per parameter, a factor on the learning rate. Blocks that start afresh are blocks here, not head: their depth counts. */
function ratesOf({ network, settings }: Job, learningRate: number | null): (parameter: string) => number {
  const { method, layerDecay, headLr } = settings;
  const head = headLr !== undefined && learningRate !== null ? headLr / learningRate : 1;
  const factor = layerRates(network.trained, network.logitsHead, { decay: layerDecay, head });
  const own = method === "side" ? outOfSide : outOfLora(network.backbone);
  return (parameter) => factor(own(parameter));
}

/** What sets a method apart: what holds the parameters, and from when on they are trained. */
function courseOf(
  { network, settings, data }: Job,
  learningRate: number | null,
): Pick<TrainingOptions, "penalty" | "onset"> {
  const { method, spAlpha, spBeta, unfreezeEpochs, epochs, batch, seed } = settings;
  const fresh = network.head.parameters;
  if (method === "l2-sp") return { penalty: aroundStart({ alpha: spAlpha!, beta: spBeta!, fresh }) };
  if (method !== "gradual" || learningRate === null) return {};
  const perEpoch = stepsPerEpoch(data.train, { batch, seed });
  return { onset: unfreezing(network.backbone, { stepsPerEpoch: perEpoch, epochs, over: unfreezeEpochs, fresh }) };
}

function optimizerOf({ optimizer, momentum, weightDecay }: Settings): Optimizer {
  return optimizer === "sgd" ? sgd({ momentum, weightDecay }) : adamw({ weightDecay });
}
