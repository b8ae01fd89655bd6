import { adaptation } from "../measures/adaptation.js";
import { extractFeatures } from "../backbone/features.js";
import { finetune, type FinetuneOptions, type FinetuneResult, type Interrupted } from "./finetune.js";
import { copyWeights } from "../engine/weights.js";
import type { Method } from "./methods.js";

/** What a method does after probing, from the head of its tau: `finetune`, or nothing. */
export async function adapt(method: Method, options: FinetuneOptions): Promise<FinetuneResult | Interrupted> {
  return method.trains === "nothing" ? probedAlone(options) : finetune(options);
}

/** The result of training nothing more: no epochs, the probed head, features where they were. */
async function probedAlone({ engine, backbone, head, images, validation, before }: FinetuneOptions) {
  const after = before ?? {
    train: await extractFeatures(engine, backbone, images),
    validation: await extractFeatures(engine, backbone, validation),
  };
  return {
    epochs: [],
    bestEpoch: 0,
    bestHits: "",
    best: copyWeights(head),
    last: copyWeights(head),
    adaptation: {
      train: adaptation(after.train, after.train, backbone.width),
      validation: adaptation(after.validation, after.validation, backbone.width),
    },
    after,
    frozen: null,
  };
}
