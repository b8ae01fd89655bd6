/**
 * Checks gradients and loss curves against PyTorch's: one line per oracle folder, exit code 1 if any fails.
 *
 *     npm run check:oracles -- DIR… [--blocked]
 *
 * A folder holds model.onnx and oracle.safetensors: input.<name>, target, logits, loss, grad.<parameter>,
 * sgd_losses and adamw_losses (six steps each). Targets that are classes (int64) mean cross-entropy, in which the index 255
 * does not count; numbers (float32; NaN: not measured) mean binary cross-entropy.
 *
 * --blocked checks the channel-blocked form that training uses. Its convolutions round differently, so that two values of
 * a pooling window that differ in the last bit may swap places: one window of the squeezenet oracle does.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { adamw, binaryCrossEntropy, crossEntropy, loadModel, sgd, trainingStep, writeModel } from "@taskhead/autograd";
import { createEngine } from "@taskhead/core";
import { readSafetensors } from "../packages/taskhead/dist/files/safetensors.js";
import ort from "onnxruntime-node";

const tolerance = 1e-4;
const blocked = process.argv.includes("--blocked");
const channelBlock = blocked ? await createEngine(ort).channelBlock() : undefined;

function oracleFolders(paths) {
  return paths.flatMap((path) => {
    if (existsSync(join(path, "model.onnx"))) return [path];
    const inside = readdirSync(path).map((name) => join(path, name));
    return inside.filter((folder) => existsSync(join(folder, "model.onnx"))).sort();
  });
}

/** The largest difference, relative to the largest reference value. */
function relativeError(actual, expected, scale = largest(expected)) {
  let error = 0;
  for (let i = 0; i < expected.length; i++) error = Math.max(error, Math.abs(actual[i] - expected[i]));
  return Number.isFinite(error) ? error / scale : Infinity;
}

function largest(values) {
  return values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
}

const tensorOf = ({ dtype, shape, data }) => new ort.Tensor(dtype === "I64" ? "int64" : "float32", data, shape);
const scalar = (value) => new ort.Tensor("float32", Float32Array.of(value), []);

function lossOf(target, logits) {
  if (target.dtype !== "I64") return binaryCrossEntropy({ logits });
  return crossEntropy({ logits, ignoreIndex: target.data.includes(255n) ? 255 : undefined });
}

async function runSteps(model, oracle, optimizer, learningRate, steps, gradients) {
  const trainable = [...oracle.keys()].filter((name) => name.startsWith("grad.")).map((name) => name.slice(5));
  const logits = model.graph.outputs[0].name;
  const loss = lossOf(oracle.get("target"), logits);
  const step = trainingStep(model, { loss, optimizer, trainable, gradients, channelBlock });
  const session = await ort.InferenceSession.create(writeModel(step.model));
  const feeds = { target: tensorOf(oracle.get("target")) };
  for (const { name } of step.model.graph.inputs)
    if (oracle.has(`input.${name}`)) feeds[name] = tensorOf(oracle.get(`input.${name}`));
  for (const { name, shape, initial } of step.parameters) feeds[name] = new ort.Tensor("float32", initial, shape);
  for (const { name, shape } of step.state)
    feeds[name] = new ort.Tensor("float32", new Float32Array(shape.reduce((a, d) => a * d, 1)), shape);
  const losses = [];
  let first;
  for (let i = 1; i <= steps; i++) {
    for (const [name, value] of Object.entries(step.scalars(i, learningRate))) feeds[name] = scalar(value);
    const results = await session.run(feeds);
    first ??= results;
    losses.push(results.loss.data[0]);
    for (const { name } of [...step.parameters, ...step.state]) feeds[name] = results[`next.${name}`];
  }
  await session.release();
  return { losses, first, trainable };
}

async function check(folder) {
  const model = loadModel(readFileSync(join(folder, "model.onnx")));
  const oracle = readSafetensors(join(folder, "oracle.safetensors")).tensors;
  const expected = (name) => oracle.get(name).data;
  const plain = await runSteps(model, oracle, sgd({ momentum: 0.9, weightDecay: 1e-4 }), 0.01, 6, true);
  const adam = await runSteps(model, oracle, adamw({ weightDecay: 0.01 }), 1e-3, 6, false);
  const overall = Math.max(...plain.trainable.map((name) => largest(expected(`grad.${name}`))));
  let worst = { error: 0, name: "" };
  for (const name of plain.trainable) {
    const reference = expected(`grad.${name}`);
    const scale = largest(reference);
    const actual = plain.first[`gradient.${name}`].data;
    // A gradient that is zero analytically is compared on the scale of the whole model.
    const error =
      scale < 1e-12 ? relativeError(actual, reference, overall) * (tolerance / 1e-6) : relativeError(actual, reference);
    if (!(error <= worst.error)) worst = { error, name };
  }
  const errors = {
    logits: relativeError(plain.first.logits.data, expected("logits")),
    loss: relativeError([plain.losses[0]], expected("loss")),
    grad: worst.error,
    sgd: relativeError(plain.losses, expected("sgd_losses"), 1),
    adamw: relativeError(adam.losses, expected("adamw_losses"), 1),
  };
  const ok = Object.values(errors).every((e) => e <= tolerance);
  const figures = Object.entries(errors).map(([name, e]) => `${name} ${e.toExponential(1)}`);
  return { ok, line: `${basename(folder)} ${figures.join(" ")}${ok ? "" : ` (worst gradient: ${worst.name})`}` };
}

let failed = 0;
for (const folder of oracleFolders(process.argv.slice(2).filter((path) => path !== "--blocked"))) {
  let result;
  try {
    result = await check(folder);
  } catch (error) {
    result = { ok: false, line: `${basename(folder)} ${error.message}` };
  }
  if (!result.ok) failed++;
  console.log(`${result.line} ${result.ok ? "ok" : "FAIL"}`);
}
process.exit(failed ? 1 : 0);
