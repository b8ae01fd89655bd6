import { extractFeatures } from "../backbone/features.js";
import type { Backbone } from "../backbone/backbone.js";
import { DataError } from "../given/errors.js";
import { hearing } from "../given/hearing.js";
import { requireOptions, requireWanted, type WantedOptions } from "../given/require.js";
import { called, having, number, oneOf, signals, whole, type Wanted } from "../given/wanted.js";
import { requireLearnable, requireTargets } from "../objectives/require-targets.js";
import { requireTask, type Data } from "./data.js";
import { dial, type DialOptions } from "./dial.js";
import { probeCached, type CachedProbeOptions } from "./probe-cached.js";
import type { ProbeStop } from "./probe-stop.js";
import { isOptimum, spread, type Tau } from "./taus.js";

export interface ProbeOptions extends Partial<
  Omit<CachedProbeOptions, "engine" | "objective" | "train" | "validation" | "width" | "blocks">
> {
  /** Default 64. */
  epochs?: number;
  /** Default 64. */
  batch?: number;
  /** Default 0. */
  seed?: number;
  /** Called while the backbone computes the features of each set. */
  onFeatures?: (done: number, total: number) => void;
}

/** What head probing found: the head at every tau. */
export interface Probing {
  /** Ascending in tau, from the random head on. */
  readonly stops: readonly ProbeStop[];
  /** z_0 of both sets, [N, h]: what fine-tuning is measured from. */
  readonly features: { readonly train: Float32Array; readonly validation: Float32Array };
  /** @throws {Error} if that tau was not measured */
  at(tau: Tau): ProbeStop;
  /** So many stops, the first, the last, and those in between evenly spaced in energy. */
  spread(count: number): ProbeStop[];
  /**
   * A probed head brought to each of these energies: by its temperature, which leaves accuracy as it was, unless another way
   * is asked for. Such a head is fine-tuned like any other. See `dial`.
   * @throws {UnreachableEnergyError} if no setting of the dial leaves an energy
   */
  dial(energies: readonly number[], options?: DialOptions): Promise<ProbeStop[]>;
}

/** An epoch of probing, or an optimum. */
const taus: Wanted = {
  wants: "a list of numbers from 0, 'converged' and 'converged:0' (energies are for dial)",
  is: (value) =>
    Array.isArray(value) &&
    value.every((tau: Tau) => (typeof tau === "number" ? tau >= 0 && tau < Infinity : isOptimum(tau))),
};

const wantedOptions: WantedOptions<ProbeOptions> = {
  epochs: whole({ from: 0 }),
  batch: whole({ from: 1 }),
  seed: whole(),
  taus,
  penalty: number({ from: 0 }),
  architecture: having("a head, such as linearHead()", "attach", "initial"),
  loss: oneOf(["ce", "mse"]),
  optimizer: oneOf(["sgd", "adamw"]),
  learningRate: number({ from: 0 }),
  momentum: number({ from: 0, below: 1 }),
  smoothing: number({ from: 0, below: 1 }),
  onFeatures: called,
  onStop: called,
  onIteration: called,
  signal: signals,
};

/**
 * Head probing: computes the frozen backbone's features once, and trains a head on them, kept at every tau from 0 (random)
 * to `epochs` (default 64). See `probeCached` for what is measured and how the rate is chosen.
 * @throws {DivergedError} if the loss stops being finite; Error for an option that is none or not of its kind, if samples are
 * not what the backbone takes, or targets not what the objective learns.
 */
export async function probe(backbone: Backbone, data: Data, options: ProbeOptions = {}): Promise<Probing> {
  requireTask(backbone, data);
  requireOptions("probe", options, wantedOptions);
  const { onFeatures, onStop, onIteration } = options;
  return hearing({ onFeatures, onStop, onIteration }, (heard) => probeHeard(backbone, data, { ...options, ...heard }));
}

async function probeHeard(backbone: Backbone, data: Data, options: ProbeOptions): Promise<Probing> {
  const { engine, objective, train, validation } = data;
  const { loss, smoothing } = options;
  if (loss === "mse" && objective.name !== "classification")
    throw new DataError(`loss mse is for classes, and this is ${objective.name}; leave it out`);
  if (smoothing && objective.name === "regression")
    throw new DataError("smoothing is for classes and labels, and this is regression; leave it out");
  const { epochs = 64, batch = 64, seed = 0, onFeatures, signal } = options;
  requireLearnable(objective, train);
  requireTargets(objective, validation, "validation");
  const running = { onProgress: onFeatures, signal };
  const features = {
    train: await extractFeatures(engine, backbone, train, { ...running, set: "training" }),
    validation: await extractFeatures(engine, backbone, validation, { ...running, set: "validation" }),
  };
  const cached: CachedProbeOptions = {
    ...options,
    engine,
    objective,
    epochs,
    batch,
    seed,
    width: backbone.width,
    train: { features: features.train, targets: train.targets },
    validation: { features: features.validation, targets: validation.targets },
  };
  const stops = await probeCached(cached);
  const at = (tau: Tau): ProbeStop => {
    const found = stops.find((stop) => stop.tau === tau);
    if (found) return found;
    throw new Error(`tau ${tau} was not measured; there are ${stops.map((stop) => stop.tau).join(", ")}`);
  };
  return {
    stops,
    features,
    at,
    spread(count) {
      requireWanted("spread", count, whole({ from: 1 }));
      return spread(stops, count).map(at);
    },
    dial: (energies, how) => dial(cached, stops, energies, how),
  };
}
