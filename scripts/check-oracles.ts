/**
 * Checks gradients and loss curves against PyTorch's: one line per oracle folder, exit code 1 if any fails.
 *
 *     npm run check:oracles -- DIR… [--blocked]
 *
 * A folder holds model.onnx and oracle.safetensors: input.<name>, target, logits, loss, grad.<parameter>,
 * sgd_losses and adamw_losses (six steps each).
 *
 * --blocked checks the channel-blocked form that training uses. Its convolutions round differently, so that two values of
 * a pooling window that differ in the last bit may swap places: one window of the squeezenet oracle does.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import {
  adamw,
  binaryCrossEntropy,
  crossEntropy,
  loadModel,
  sgd,
  trainingStep,
  type Loss,
  type Model,
  type Optimizer,
} from "@taskhead/autograd";
import { createEngine } from "@taskhead/core";
import ort from "onnxruntime-node";
import { runSteps, type Steps, type Tensors as Feeds } from "./run-steps.js";
import { entry, floats, readTensors, type Tensors } from "./safetensors.js";

const tolerance = 1e-4;
/** Below it, a gradient is zero analytically: it is judged by `zeroTolerance`, on the scale of the whole model. */
const zeroScale = 1e-12;
const zeroTolerance = 1e-6;
const steps = 6;
const blocked = process.argv.includes("--blocked");
const channelBlock = blocked ? await createEngine(ort).channelBlock() : undefined;

interface Outcome {
  ok: boolean;
  line: string;
}

function oracleFolders(paths: readonly string[]): string[] {
  const isOracle = (folder: string) => existsSync(join(folder, "model.onnx"));
  return paths.flatMap((path) => {
    if (isOracle(path)) return [path];
    return readdirSync(path)
      .map((name) => join(path, name))
      .filter(isOracle)
      .sort();
  });
}

/** The largest difference, relative to `scale`: the largest reference value unless given. */
function relativeError(actual: ArrayLike<number>, expected: Float32Array, scale = largest(expected)): number {
  let error = 0;
  for (const [i, value] of expected.entries()) error = Math.max(error, Math.abs((actual[i] ?? NaN) - value));
  return Number.isFinite(error) ? error / scale : Infinity;
}

function largest(values: Float32Array): number {
  return values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
}

function tensorOf(oracle: Tensors, name: string): Feeds[string] {
  const { data, shape } = entry(oracle, name);
  if (data instanceof Float32Array) return new ort.Tensor("float32", data, shape);
  if (data instanceof BigInt64Array) return new ort.Tensor("int64", data, shape);
  throw new Error(`'${name}' is neither F32 nor I64`);
}

const values = (results: Steps["first"], name: string): Float32Array => Float32Array.from(results[name]!.data, Number);

/** The names that follow a prefix. */
function named(oracle: Tensors, prefix: string): string[] {
  return [...oracle.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}

/** The class index of places that do not count, in oracles of dense tasks. */
const ignoreIndex = 255;

/** The loss whose curves the oracle holds: of labels where targets are floats, else of classes. */
function lossOf(model: Model, oracle: Tensors): Loss {
  const logits = model.graph.outputs[0]!.name;
  const { data, shape } = entry(oracle, "target");
  if (data instanceof Float32Array) return binaryCrossEntropy({ logits });
  return crossEntropy({ logits, ...(shape.length > 1 ? { ignoreIndex } : {}) });
}

function train(
  model: Model,
  oracle: Tensors,
  optimizer: Optimizer,
  learningRate: number,
  gradients: boolean,
): Promise<Steps> {
  const trainable = named(oracle, "grad.");
  const step = trainingStep(model, { loss: lossOf(model, oracle), optimizer, trainable, gradients, channelBlock });
  const inputs = step.model.graph.inputs.map(({ name }) => name).filter((name) => oracle.has(`input.${name}`));
  const data: Feeds = { target: tensorOf(oracle, "target") };
  for (const name of inputs) data[name] = tensorOf(oracle, `input.${name}`);
  return runSteps(ort, "cpu", step, data, steps, learningRate);
}

/** The gradient that differs most, and by how much. */
function worstGradient(oracle: Tensors, results: Steps["first"]): { name: string; error: number } {
  const trainable = named(oracle, "grad.");
  const overall = Math.max(...trainable.map((name) => largest(floats(oracle, `grad.${name}`))));
  let worst = { name: "", error: 0 };
  for (const name of trainable) {
    const reference = floats(oracle, `grad.${name}`);
    const actual = values(results, `gradient.${name}`);
    const error =
      largest(reference) < zeroScale
        ? relativeError(actual, reference, overall) * (tolerance / zeroTolerance)
        : relativeError(actual, reference);
    if (!(error <= worst.error)) worst = { name, error };
  }
  return worst;
}

async function check(folder: string): Promise<Outcome> {
  const model = loadModel(readFileSync(join(folder, "model.onnx")));
  const oracle = readTensors(join(folder, "oracle.safetensors"));
  const plain = await train(model, oracle, sgd({ momentum: 0.9, weightDecay: 1e-4 }), 0.01, true);
  const adam = await train(model, oracle, adamw({ weightDecay: 0.01 }), 1e-3, false);
  const worst = worstGradient(oracle, plain.first);
  const errors = {
    logits: relativeError(values(plain.first, "logits"), floats(oracle, "logits")),
    loss: relativeError(plain.losses, floats(oracle, "loss")),
    grad: worst.error,
    sgd: relativeError(plain.losses, floats(oracle, "sgd_losses"), 1),
    adamw: relativeError(adam.losses, floats(oracle, "adamw_losses"), 1),
  };
  const ok = Object.values(errors).every((e) => e <= tolerance);
  const figures = Object.entries(errors).map(([name, e]) => `${name} ${e.toExponential(1)}`);
  return { ok, line: `${basename(folder)} ${figures.join(" ")}${ok ? "" : ` (worst gradient: ${worst.name})`}` };
}

function failure(folder: string, error: unknown): Outcome {
  return { ok: false, line: `${basename(folder)} ${error instanceof Error ? error.message : String(error)}` };
}

let failed = false;
for (const folder of oracleFolders(process.argv.slice(2).filter((path) => path !== "--blocked"))) {
  const { ok, line } = await check(folder).catch((error: unknown) => failure(folder, error));
  failed ||= !ok;
  console.log(`${line} ${ok ? "ok" : "FAIL"}`);
}
process.exit(failed ? 1 : 0);
