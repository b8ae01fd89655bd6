import {
  arraySamples,
  classification,
  classTargets,
  createEngine,
  finetune,
  openBackbone,
  probe,
} from "@taskhead/core";
import type { Data, Engine, FinetuneResult, Samples } from "@taskhead/core";
import { meanNorm, projectTogether, rows, shownSamples } from "@taskhead/core/internals";
import type { FreshDrawings } from "../report/demo/index.js";
import type { NodeDevice } from "../options/table.js";
import type { Runtime } from "../runtime/runtime.js";
import { drawChalk, side, targetClasses } from "./draw.js";
import { recipe } from "./recipe.js";

/** Of each fresh drawing of the task. */
const perClass = { train: 20, test: 50 };

const trainCount = perClass.train * targetClasses.length;

/** A seed for each drawing, of which it is drawn, probed and trained: first run when the recipe was settled. */
export const freshSeeds: readonly number[] = [201, 202, 203, 204, 205, 206];

/** Steps of fine-tuning in all. */
export function freshSteps(epochs: number): number {
  return freshSeeds.length * 2 * epochs * Math.ceil(trainCount / recipe.batch);
}

export interface FreshOptions {
  runtime: Runtime;
  device: NodeDevice;
  threads: number;
  /** An ONNX file. */
  backbone: Uint8Array;
  epochs: number;
  /** Of the drawings. Default `freshSeeds`. */
  seeds?: readonly number[];
  /** The head that a longer first probing found best by itself, and the one that fine-tuning did best from. */
  alone: number;
  prepared: number;
  /** Fine-tuning steps so far, of `freshSteps`. */
  onStep: (done: number) => void;
  signal: AbortSignal;
}

/** The same comparison on drawings that had no part in any choice: head alone, random head, prepared head. */
export async function onFreshDrawings(options: FreshOptions): Promise<FreshDrawings> {
  const { runtime, device, threads, epochs, alone, prepared, onStep, signal, seeds = freshSeeds } = options;
  const engine = createEngine(runtime, { device, threads });
  const backbone = openBackbone(options.backbone);
  let done = 0;
  const fresh: FreshDrawings = {
    seeds: [...seeds],
    trained: trainCount,
    tested: perClass.test * targetClasses.length,
    epochs,
    tau: prepared,
    alone: [],
    random: [],
    prepared: [],
    moved: { random: [], prepared: [] },
    features: { classes: [...targetClasses], of: [], places: [], explained: [0, 0] },
  };
  for (const seed of seeds) {
    const data: Data = {
      engine,
      objective: classification(targetClasses.length),
      train: await drawn(engine, seed, 0, perClass.train),
      validation: await drawn(engine, seed, perClass.train, perClass.test),
    };
    const { batch } = recipe;
    const taus = [alone, prepared];
    const probing = await probe(backbone, data, { epochs: Math.max(...taus), taus, batch, seed, signal });
    const from = (tau: number): Promise<FinetuneResult> =>
      finetune(backbone, data, {
        head: probing.at(tau).head,
        before: probing.features,
        learningRate: recipe.rate,
        clipNorm: recipe.clipNorm,
        schedule: { kind: recipe.schedule, warmup: recipe.warmup },
        epochs,
        batch,
        seed,
        signal,
        onStep: () => onStep(++done),
      });
    const [random, better] = [await from(0), await from(prepared)];
    fresh.alone.push(probing.at(alone).validationScore!);
    fresh.random.push(courseOf(random));
    fresh.prepared.push(courseOf(better));
    const length = meanNorm(probing.features.validation, backbone.width);
    fresh.moved.random.push(random.adaptation.validation.euclidean / length);
    fresh.moved.prepared.push(better.adaptation.validation.euclidean / length);
    if (seed === seeds[0]) {
      const { width } = backbone;
      const shown = shownSamples(data.validation.count, width);
      const states = [probing.features, random.after, better.after].map((features) =>
        rows(features.validation, width, shown),
      );
      const of = shown.map((n) => Number(data.validation.targets.data[n]));
      fresh.features = { ...fresh.features, of, ...projectTogether(states, width) };
    }
  }
  return fresh;
}

/** Accuracy after each epoch. */
function courseOf({ epochs }: FinetuneResult): number[] {
  return epochs.map(({ validationScore }) => validationScore);
}

/** Images `first` and on of every class, as the backbone takes them: [N, 3, side, side], 0..1. */
async function drawn(engine: Engine, seed: number, first: number, count: number): Promise<Samples> {
  const places = side * side;
  const data = new Float32Array(targetClasses.length * count * 3 * places);
  const labels = targetClasses.flatMap((_, label) => Array.from({ length: count }, () => label));
  for (const [n, label] of labels.entries()) {
    const bytes = await drawChalk(targetClasses[label]!, seed, first + (n % count));
    for (let p = 0; p < places; p++)
      for (let c = 0; c < 3; c++) data[(3 * n + c) * places + p] = bytes[3 * p + c]! / 255;
  }
  return arraySamples(engine, { image: { data, shape: [3, side, side] } }, classTargets(labels));
}
