import { adamw, sgd } from "@taskhead/autograd";
import { classification, createEngine, finetune, probe } from "@taskhead/core";
import type { Data, FinetuneResult } from "@taskhead/core";
import { meanNorm, projectTogether, rows, shownSamples } from "@taskhead/core/internals";
import type { FreshDraws } from "../report/demo/index.js";
import type { NodeDevice } from "../options/table.js";
import type { Runtime } from "../runtime/runtime.js";
import type { Recipe } from "./recipe.js";
import type { DemoTask } from "./task.js";

/** Steps of fine-tuning in all. */
export function freshSteps({ classes, perClass, recipe, seeds }: DemoTask, epochs: number): number {
  return seeds.length * 2 * epochs * Math.ceil((perClass.train * classes.length) / recipe.batch);
}

export interface FreshOptions {
  runtime: Runtime;
  device: NodeDevice;
  threads: number;
  epochs: number;
  /** The head that a longer first probing found best by itself, and the one that fine-tuning did best from. */
  alone: number;
  prepared: number;
  /** Fine-tuning steps so far, of `freshSteps`. */
  onStep: (done: number) => void;
  signal: AbortSignal;
}

/** The same comparison on draws that had no part in any choice: head alone, random head, prepared head. */
export async function onFreshDraws(task: DemoTask, options: FreshOptions): Promise<FreshDraws> {
  const { runtime, device, threads, epochs, alone, prepared, onStep, signal } = options;
  const { classes, perClass, recipe, seeds } = task;
  const engine = createEngine(runtime, { device, threads });
  const { backbone, draw } = await task.open(engine);
  const objective = classification(classes.length);
  let done = 0;
  const fresh: FreshDraws = {
    seeds: [...seeds],
    trained: perClass.train * classes.length,
    tested: perClass.test * classes.length,
    epochs,
    tau: prepared,
    alone: [],
    random: [],
    prepared: [],
    moved: { random: [], prepared: [] },
    features: { classes: [...classes], of: [], places: [], explained: [0, 0] },
  };
  for (const seed of seeds) {
    const data: Data = { engine, objective, ...(await draw(seed)) };
    const { batch } = recipe;
    const taus = [alone, prepared];
    const probing = await probe(backbone, data, { epochs: Math.max(...taus), taus, batch, seed, signal });
    const from = (tau: number): Promise<FinetuneResult> =>
      finetune(backbone, data, {
        head: probing.at(tau).head,
        before: probing.features,
        optimizer: optimizerOf(recipe),
        learningRate: recipe.lr,
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

/** With the momentum and the decay that are `tune`'s by default. */
function optimizerOf({ optimizer }: Recipe) {
  return optimizer === "adamw" ? adamw({ weightDecay: 0.01 }) : sgd({ momentum: 0.9, weightDecay: 0 });
}

/** Accuracy after each epoch. */
function courseOf({ epochs }: FinetuneResult): number[] {
  return epochs.map(({ validationScore }) => validationScore);
}
