import { extractFeatures } from "../backbone/features.js";
import { layoutOf, type Backbone } from "../backbone/backbone.js";
import { copyWeights } from "../engine/weights.js";
import { adaptation } from "../measures/adaptation.js";
import type { Data } from "../probe/data.js";
import type { RunOptions, RunResult } from "./options.js";
import { finetuneOrPause } from "./run.js";
import type { Method } from "./methods.js";

/** What a method does after probing, from the head of its tau: `finetuneOrPause`, or nothing. */
export async function adapt(
  method: Method,
  backbone: Backbone,
  data: Data,
  options: RunOptions,
): Promise<RunResult | null> {
  return method.trains === "nothing" ? probedAlone(backbone, data, options) : finetuneOrPause(backbone, data, options);
}

/** The result of training nothing more: no epochs, the probed head, features where they were. */
async function probedAlone(
  backbone: Backbone,
  { engine, train, validation }: Data,
  { head, before, keepsFeatures }: Pick<RunOptions, "head" | "before" | "keepsFeatures">,
): Promise<RunResult> {
  const after = before ?? {
    train: await extractFeatures(engine, backbone, train),
    validation: await extractFeatures(engine, backbone, validation),
  };
  return {
    epochs: [],
    bestEpoch: 0,
    bestScore: null,
    learningRate: 0,
    lowered: [],
    collapsed: false,
    bestHits: null,
    bestContributions: null,
    best: copyWeights(head),
    last: copyWeights(head),
    adaptation: {
      train: adaptation(after.train, after.train, layoutOf(backbone)),
      validation: adaptation(after.validation, after.validation, layoutOf(backbone)),
    },
    after:
      keepsFeatures === false
        ? null
        : {
            train: after.train.subarray(0, after.train.length),
            validation: after.validation.subarray(0, after.validation.length),
          },
    frozen: null,
  };
}
