import { compareTaus, mergeWeights, spread, type Backbone, type ProbeStop, type Tau } from "@taskhead/core";
import type { TuneOptions } from "../options/options.js";
import type { Context } from "./context.js";
import { cachedFeatures } from "./features.js";
import type { Prepared } from "./prepare.js";
import { headAtEveryTau } from "./probing.js";

/** How many taus `--taus auto` takes. */
export const candidateCount = 4;

/** What probing leaves for fine-tuning. */
export interface Probed {
  stops: ProbeStop[];
  /** The stops to fine-tune from, ascending. */
  candidates: ProbeStop[];
  taus: Tau[];
  /** z_0, [N, width]; null where it depends on tau */
  before: { train: Float32Array; validation: Float32Array } | null;
  featureNorm: number;
}

/** Features, then the head at every tau; what was done before is read. */
export async function probing(
  prepared: Prepared,
  options: TuneOptions,
  { progress, signal }: Pick<Context, "progress" | "signal">,
): Promise<Probed> {
  const { engine, backbone, head, split, data, folder } = prepared;
  const train = await cachedFeatures(prepared, data.train, "training features", options, progress, signal);
  const validation = await cachedFeatures(prepared, data.validation, "validation features", options, progress, signal);
  const input = {
    engine,
    train: { features: train, labels: data.train.images.labels },
    validation: { features: validation, labels: data.validation.images.labels },
    width: backbone.width,
    classes: data.classes.length,
    architecture: head,
    ...(split ? { blocks: split.blocks } : {}),
  };
  const stops = await headAtEveryTau(input, options, folder, progress, signal);
  const taus = options.taus === "auto" ? spread(stops, candidateCount) : options.taus;
  const candidates = stops.filter((s) => taus.includes(s.tau)).sort((a, b) => compareTaus(a.tau, b.tau));
  return {
    stops,
    candidates,
    taus,
    before: split ? null : { train, validation },
    featureNorm: candidates.at(-1)!.featureNorm,
  };
}

/** The backbone that fine-tuning from a stop begins with: B_0, and what was probed of it. */
export function startOf({ backbone }: Prepared, stop: ProbeStop): Backbone {
  return mergeWeights(backbone, stop.head);
}
