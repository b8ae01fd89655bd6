import { fitted } from "../backbone/fit.js";
import { buildOn, differentiate, sgd, trainingStep, type Model } from "@taskhead/autograd";
import type { Backbone } from "../backbone/backbone.js";
import { joined } from "../data/cached-values.js";
import { upTo, type Samples } from "../data/samples.js";
import { targetTensor } from "../data/targets.js";
import type { Engine } from "../engine/engine.js";
import { Trainer } from "../engine/trainer.js";
import type { Weights } from "../engine/weights.js";
import { withSession } from "../engine/with-session.js";
import { predict } from "../finetune/predict.js";
import { headAlone, linearHead, withHead, type Head } from "../heads/index.js";
import type { Objective } from "../objectives/objective.js";

export interface DecompositionOptions {
  engine: Engine;
  backbone: Backbone;
  head: Weights;
  /** Default: linear. */
  architecture?: Head;
  objective: Objective;
  /** The samples x_i of the step, all of them one batch. Keep them few: see `decomposeStep`. */
  batch: Samples;
  /** The samples x_n whose features are watched. */
  watched: Samples;
  /** η */
  learningRate: number;
}

/** One step of fine-tuning, taken apart (after Ren et al. 2023). */
export interface Decomposition {
  /** Per sample of the batch. */
  batch: {
    /** ‖r_i‖₂: for classes ‖e_y − p‖₂ */
    energy: number;
    /** ‖∂q/∂z‖_F */
    direction: number;
  }[];
  /** Per watched sample. */
  watched: {
    /** ‖K(x_n, x_i)‖_F for every sample i of the batch. */
    kernels: number[];
    /** (η/N) Σ_i K(x_n, x_i) (∂q_i/∂z_i)ᵀ r_i, [h] */
    predicted: Float64Array;
    /** z_n′ − z_n, as a step of plain SGD made it, [h] */
    measured: Float64Array;
    /** ‖predicted − measured‖ / ‖measured‖: falls linearly with η; 0 where neither moves, as behind a head of zeros. */
    error: number;
  }[];
}

/** Numbers that the gradients of the features may take together: 1 GB. */
const mostNumbers = 2 ** 28;

/**
 * Compares how one SGD step at rate η moves the features of the watched samples with its first-order prediction,
 *
 *     z_n′ − z_n = (η/N) Σ_i K(x_n, x_i) · (∂q_i/∂z_i)ᵀ · r_i + O(η²),   K(x_n, x_i) = (∂z_n/∂B)(∂z_i/∂B)ᵀ.
 *
 * r the objective's residual, e_y − p for classes.
 *
 * The kernel is formed from the gradients of every feature of every sample by every parameter, h × |B| numbers each and h
 * backward passes: meant for few samples of a small network.
 * @throws {Error} if those gradients would take more than 1 GB.
 */
export async function decomposeStep(given: DecompositionOptions): Promise<Decomposition> {
  const { engine, backbone, head, architecture = linearHead(), objective, learningRate } = given;
  const batch = await fitted(backbone, given.batch);
  const watched = await fitted(backbone, given.watched);
  const options = { ...given, batch, watched };
  const { width } = backbone;
  const { outputs } = objective;
  requireFew(backbone, batch.count + watched.count);
  const headed = withHead(backbone, architecture, outputs, head);
  const [start] = await predict(engine, headed, new Map(), [batch]);
  const pull = objective.residual(start!, batch.targets);
  const directions = await logitsByFeatures(engine, architecture, head, start!.features, width, outputs);
  const jacobians = await featuresByParameters(engine, backbone, batch);
  const watchedJacobians = await featuresByParameters(engine, backbone, watched);
  const moved = await displacement(options, headed);

  const pulls = directions.map((direction, i) => pullOnFeatures(direction, pull.subarray(i * outputs), width, outputs));
  return {
    batch: directions.map((direction, i) => ({
      energy: length(pull.subarray(i * outputs, (i + 1) * outputs)),
      direction: length(direction),
    })),
    watched: watchedJacobians.map((jacobian, n) => {
      const kernels = jacobians.map((other) => kernel(jacobian, other, width));
      const predicted = new Float64Array(width);
      kernels.forEach((k, i) =>
        predicted.forEach((_, a) => {
          for (let b = 0; b < width; b++)
            predicted[a]! += (learningRate / batch.count) * k[a * width + b]! * pulls[i]![b]!;
        }),
      );
      const measured = moved.slice(n * width, (n + 1) * width);
      const error = relativeError(length(predicted.map((p, a) => p - measured[a]!)), length(measured));
      return { kernels: kernels.map(length), predicted, measured, error };
    }),
  };
}

function relativeError(difference: number, size: number): number {
  return difference === 0 ? 0 : difference / size;
}

function requireFew({ width, parameterCount }: Backbone, samples: number): void {
  const numbers = samples * width * parameterCount;
  if (numbers > mostNumbers)
    throw new Error(
      `the gradients of ${width} features by ${parameterCount} parameters for ${samples} samples take ${Math.ceil((numbers * 4) / 1e9)} GB; watch fewer samples, take a smaller batch, or freeze a part of the backbone`,
    );
}

/** (∂q/∂z)ᵀ r, [h] */
function pullOnFeatures(direction: Float32Array, pull: Float64Array, width: number, outputs: number): Float64Array {
  return Float64Array.from({ length: width }, (_, j) => {
    let sum = 0;
    for (let c = 0; c < outputs; c++) sum += direction[c * width + j]! * pull[c]!;
    return sum;
  });
}

/** ∂q/∂z of every sample, [k, h] each. */
async function logitsByFeatures(
  engine: Engine,
  architecture: Head,
  head: Weights,
  features: Float32Array,
  width: number,
  outputs: number,
): Promise<Float32Array[]> {
  const model = seeded(engine, headAlone(architecture, width, outputs, head), "logits", outputs, ["z"]);
  return withSession(engine, model, async (session) => {
    const jacobians: Float32Array[] = [];
    for (let start = 0; start < features.length; start += width) {
      const z = engine.tensor("float32", features.slice(start, start + width), [1, width]);
      jacobians.push(await rowsOf(engine, outputs, async (seed) => (await session.run({ z, seed }))["gradient.z"]!));
    }
    return jacobians;
  });
}

/** ∂z/∂B of every sample, [h, |B|] each. */
async function featuresByParameters(engine: Engine, backbone: Backbone, samples: Samples): Promise<Float32Array[]> {
  const { model, width, parameters } = backbone;
  return withSession(engine, seeded(engine, model, "features", width, parameters), async (session) => {
    const jacobians: Float32Array[] = [];
    for (const index of upTo(samples.count)) {
      const feeds = await samples.feeds([index]);
      const rows = await rowsOf(engine, width, async (seed) => {
        const outputs = await session.run({ ...feeds, seed });
        return { data: joined(parameters.map((name) => outputs[`gradient.${name}`]!.data as Float32Array)) };
      });
      jacobians.push(rows);
    }
    return jacobians;
  });
}

/** The model with an input `seed` [1, size] and the gradients of seed · output by some of its values. */
function seeded(engine: Engine, model: Model, output: string, size: number, wrt: readonly string[]): Model {
  const b = buildOn(model);
  const whole = b.resolve(output);
  // With reinitialised blocks features have positions.
  const value = b.shape(whole).length === 2 ? whole : b.op("Reshape", [whole, b.ints([1, size])]);
  const seed = b.input("seed", "float32", [1, size]);
  b.setOutputs({ scalar: b.op("ReduceSum", [b.mul(value, seed)], { keepdims: 0 }) });
  return differentiate(b.model(), { loss: "scalar", wrt, engine: engine.name });
}

/** The gradients for every unit seed, one after another: the rows of a Jacobian. */
async function rowsOf(
  engine: Engine,
  size: number,
  gradient: (seed: ReturnType<Engine["tensor"]>) => Promise<{ data: unknown }>,
): Promise<Float32Array> {
  const rows: Float32Array[] = [];
  for (let j = 0; j < size; j++) {
    const unit = new Float32Array(size);
    unit[j] = 1;
    rows.push((await gradient(engine.tensor("float32", unit, [1, size]))).data as Float32Array);
  }
  return joined(rows);
}

/** K = J_n J_iᵀ, [h, h] */
function kernel(jacobian: Float32Array, other: Float32Array, width: number): Float64Array {
  const size = jacobian.length / width;
  return Float64Array.from({ length: width * width }, (_, at) => {
    const [a, b] = [Math.floor(at / width) * size, (at % width) * size];
    let sum = 0;
    for (let i = 0; i < size; i++) sum += jacobian[a + i]! * other[b + i]!;
    return sum;
  });
}

/** z_n′ − z_n of the watched samples, [N, h], by a step of SGD as fine-tuning makes it. */
async function displacement(
  { engine, backbone, architecture = linearHead(), objective, batch, watched, learningRate }: DecompositionOptions,
  headed: Model,
): Promise<Float64Array> {
  const step = trainingStep(headed, {
    loss: objective.loss(),
    optimizer: sgd({ momentum: 0 }),
    trainable: [...backbone.parameters, ...architecture.parameters],
    engine: engine.name,
  });
  const trainer = await Trainer.create(engine, step);
  try {
    const before = await predict(engine, headed, await trainer.parameters(), [watched]);
    const target = targetTensor(engine, batch.targets);
    await trainer.step({ ...(await batch.feeds(upTo(batch.count))), target }, learningRate);
    const after = await predict(engine, headed, await trainer.parameters(), [watched]);
    return Float64Array.from(after[0]!.features, (z, i) => z - before[0]!.features[i]!);
  } finally {
    await trainer.release();
  }
}

/** ‖v‖₂ */
function length(v: Float32Array | Float64Array): number {
  return Math.sqrt((v as Float64Array).reduce((sum, x) => sum + x * x, 0));
}
