import { extractFeatures } from "../backbone/features.js";
import type { Backbone } from "../backbone/backbone.js";
import { copyWeights } from "../engine/weights.js";
import { adaptation } from "../measures/adaptation.js";
import type { Data } from "../probe/data.js";
import type { Tau } from "../probe/taus.js";
import { finetuneOrPause, type FinetuneResult, type RunOptions } from "./finetune.js";

/** A way of adapting a pretrained backbone: all begin with head probing, of whatever length, and differ in what follows. */
export interface Method {
  /** In words, for tables. */
  readonly title: string;
  /** The one tau that makes it this method; undefined where it is the user's to choose. */
  readonly tau?: Tau;
  /** What is trained after probing, together with the head. */
  readonly trains: "backbone" | "side network" | "nothing";
}

/** The method of Ren et al. (2023) and the baselines beside it. */
export const methods = {
  "hp-ft": { title: "head probing, then fine-tuning", trains: "backbone" },
  ft: { title: "direct fine-tuning", tau: 0, trains: "backbone" },
  lp: { title: "linear probing alone", tau: "converged", trains: "nothing" },
  /** Kumar et al. 2022 */
  "lp-ft": { title: "converged probing, then fine-tuning", tau: "converged", trains: "backbone" },
  /** Zhang et al. 2020; its backbone is one from `sideTuned` */
  side: { title: "side-tuning", trains: "side network" },
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;

/** What a method does after probing, from the head of its tau: `finetuneOrPause`, or nothing. */
export async function adapt(
  method: Method,
  backbone: Backbone,
  data: Data,
  options: RunOptions,
): Promise<FinetuneResult | null> {
  return method.trains === "nothing" ? probedAlone(backbone, data, options) : finetuneOrPause(backbone, data, options);
}

/** The result of training nothing more: no epochs, the probed head, features where they were. */
async function probedAlone(
  backbone: Backbone,
  { engine, train, validation }: Data,
  { head, before }: Pick<RunOptions, "head" | "before">,
): Promise<FinetuneResult> {
  const after = before ?? {
    train: await extractFeatures(engine, backbone, train),
    validation: await extractFeatures(engine, backbone, validation),
  };
  return {
    epochs: [],
    bestEpoch: 0,
    bestHits: null,
    bestContributions: null,
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
