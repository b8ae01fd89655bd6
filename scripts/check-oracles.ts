/**
 * Checks gradients and loss curves against PyTorch's: one line per oracle folder, exit code 1 if any fails.
 *
 *     npm run check:oracles [-- DIR…] [--blocked] [--device webgpu]
 *
 * Without DIR it checks those of ../shared. A folder holds model.onnx and oracle.safetensors: input.<name>, target, logits, loss, grad.<parameter>,
 * gradinput.<name>, sgd_losses and adamw_losses (six steps each). The parameters are to be the very ones that
 * `trainableParameters` lists, but for weights that the exporter folded a normalisation into: PyTorch has none to compare
 * with, nor do its curves, which train what was folded. Without a target the loss is mean(softplus(3·logits)).
 *
 * A model that its README says to refuse ("Refused", "Right: refuse") passes if it is refused in a line. A folder without
 * an oracle shows the shape of the first output.
 *
 * --blocked checks the channel-blocked form that training uses. Its convolutions round differently, so that two values of
 * a pooling window that differ in the last bit may swap places: one window of the squeezenet oracle does.
 *
 * --device runs steps on another device, with state in its memory, as training does.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import {
  adamw,
  appendGradients,
  binaryCrossEntropy,
  buildOn,
  crossEntropy,
  inferShapes,
  loadModel,
  ModelError,
  sgd,
  trainableParameters,
  trainingStep,
  type Loss,
  type Model,
  type Optimizer,
  type TrainingStep,
} from "@taskhead/autograd";
import { createEngine, type Device } from "@taskhead/core";
import ort from "onnxruntime-node";
import { inRepository } from "./paths.js";
import { runSteps, type Steps, type Tensors as Feeds } from "./run-steps.js";
import { entry, floats, readTensors, type Tensors } from "./safetensors.js";

const tolerance = 1e-4;
/** Below it, a gradient is zero analytically: it is judged by `zeroTolerance`, on the scale of the whole model. */
const zeroScale = 1e-12;
const zeroTolerance = 1e-6;
const steps = 6;
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { blocked: { type: "boolean", default: false }, device: { type: "string", default: "cpu" } },
});
const usual = ["oracles", "cases/models"].map((folder) => inRepository(`../shared/${folder}`)).filter(existsSync);
const folders = positionals.length > 0 ? positionals : usual;
if (folders.length === 0) throw new Error("there is no ../shared; give the folders of oracles: check-oracles DIR…");
const engine = createEngine(ort, { device: options.device as Device });
const channelBlock = options.blocked ? await engine.channelBlock() : undefined;

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
  if (!oracle.has("target")) return softplusOf(logits);
  const { data, shape } = entry(oracle, "target");
  if (data instanceof Float32Array) return binaryCrossEntropy({ logits });
  return crossEntropy({ logits, ...(shape.length > 1 ? { ignoreIndex } : {}) });
}

/** mean(softplus(3q)), for models whose outputs are no logits of classes. */
function softplusOf(logits: string): Loss {
  return {
    logits,
    attach: (b) => b.op("ReduceMean", [b.op("Softplus", [b.mul(logits, 3)])], { keepdims: 0 }),
  };
}

function dataOf(oracle: Tensors, inputs: readonly string[]): Feeds {
  const data: Feeds = oracle.has("target") ? { target: tensorOf(oracle, "target") } : {};
  for (const name of inputs) if (oracle.has(`input.${name}`)) data[name] = tensorOf(oracle, `input.${name}`);
  return data;
}

/** The gradients of the loss by the model's inputs, as the oracle has them: the whole way through the model. */
async function inputGradients(model: Model, oracle: Tensors): Promise<number> {
  const wrt = named(oracle, "gradinput.");
  if (wrt.length === 0) return 0;
  const b = buildOn(model, { engine: engine.name });
  const attached = lossOf(model, oracle).attach(b);
  const gradients = appendGradients(b, attached, wrt);
  const outputs = Object.fromEntries([...gradients].map(([name]) => [name, `${name}.gradient`]));
  b.setOutputs(Object.fromEntries([...gradients].map(([name, gradient]) => [outputs[name]!, gradient])));
  const graph = b.model();
  const session = await engine.session(graph);
  const results = await session.run(
    dataOf(
      oracle,
      graph.graph.inputs.map((i) => i.name),
    ),
  );
  await session.release();
  return Math.max(
    ...wrt.map((name) =>
      relativeError(
        Float32Array.from(results[outputs[name]!]!.data as Float32Array),
        floats(oracle, `gradinput.${name}`),
      ),
    ),
  );
}

/** Weights that the exporter made of a convolution and the normalisation behind it. */
const folded = /^onnx::Conv(Transpose)?_\d+$/;

/** What is trained here and not in PyTorch, or the other way about. */
function differences(model: Model, oracle: Tensors) {
  const [own, theirs] = [trainableParameters(model), named(oracle, "grad.")];
  const more = own.filter((name) => !theirs.includes(name));
  return {
    folded: more.filter((name) => folded.test(name)),
    more: more.filter((name) => !folded.test(name)),
    fewer: theirs.filter((name) => !own.includes(name)),
  };
}

async function train(
  model: Model,
  oracle: Tensors,
  optimizer: Optimizer,
  learningRate: number,
  gradients: boolean,
): Promise<Steps> {
  const trainable = named(oracle, "grad.");
  const step = trainingStep(model, {
    loss: lossOf(model, oracle),
    optimizer,
    trainable,
    gradients,
    channelBlock,
    engine: engine.name,
  });
  return runSteps(engine, step, dataOf(oracle, inputsOf(step)), steps, learningRate);
}

function inputsOf(step: TrainingStep): string[] {
  return step.model.graph.inputs.map(({ name }) => name);
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
  if (!existsSync(join(folder, "oracle.safetensors"))) return withoutOracle(folder, model);
  const oracle = readTensors(join(folder, "oracle.safetensors"));
  const names = differences(model, oracle);
  const plain = await train(model, oracle, sgd({ momentum: 0.9, weightDecay: 1e-4 }), 0.01, true);
  const worst = worstGradient(oracle, plain.first);
  const errors: Record<string, number> = {
    logits: relativeError(values(plain.first, model.graph.outputs[0]!.name), floats(oracle, "logits")),
    loss: relativeError(plain.losses, floats(oracle, "loss")),
    grad: Math.max(worst.error, await inputGradients(model, oracle)),
  };
  if (names.folded.length === 0 && oracle.has("sgd_losses")) {
    const adam = await train(model, oracle, adamw({ weightDecay: 0.01 }), 1e-3, false);
    errors["sgd"] = relativeError(plain.losses, floats(oracle, "sgd_losses"), 1);
    errors["adamw"] = relativeError(adam.losses, floats(oracle, "adamw_losses"), 1);
  }
  const close = Object.values(errors).every((e) => e <= tolerance);
  const figures = Object.entries(errors).map(([name, e]) => `${name} ${e.toExponential(1)}`);
  const notes = [
    close ? "" : ` (worst gradient: ${worst.name})`,
    names.folded.length > 0 ? ` (no curves: the exporter folded a normalisation into ${names.folded.join(", ")})` : "",
    names.more.length > 0 ? ` (trained here, not in PyTorch: ${names.more.join(", ")})` : "",
    names.fewer.length > 0 ? ` (trained in PyTorch, not here: ${names.fewer.join(", ")})` : "",
  ];
  const ok = close && names.more.length === 0 && names.fewer.length === 0;
  return { ok, line: `${nameOf(folder)} ${figures.join(" ")}${notes.join("")}` };
}

/** The shape of the first output, and that gradients can be made. */
function withoutOracle(folder: string, model: Model): Outcome {
  const [output] = model.graph.outputs;
  const { shape } = inferShapes(model).get(output!.name)!;
  const trainable = trainableParameters(model);
  trainingStep(model, { loss: softplusOf(output!.name), optimizer: sgd(), trainable });
  return {
    ok: true,
    line: `${nameOf(folder)} no oracle; ${output!.name} is [${shape.join(", ")}], ${trainable.length} parameters`,
  };
}

/** The folder's name; of a layout with the model a level down, that of the folder above. */
function nameOf(folder: string): string {
  return basename(folder) === "onnx" ? basename(dirname(folder)) : basename(folder);
}

function failure(folder: string, error: unknown): Outcome {
  const readme = join(folder, "README");
  const refuses = existsSync(readme) && /\bRefused\b|Right: refuse/.test(readFileSync(readme, "utf8"));
  if (error instanceof ModelError && refuses) return { ok: true, line: `${nameOf(folder)} refused: ${error.message}` };
  return { ok: false, line: `${nameOf(folder)} ${error instanceof Error ? error.message : String(error)}` };
}

let failed = false;
for (const folder of oracleFolders(folders)) {
  const { ok, line } = await check(folder).catch((error: unknown) => failure(folder, error));
  failed ||= !ok;
  console.log(`${line} ${ok ? "ok" : "FAIL"}`);
}
process.exit(failed ? 1 : 0);
