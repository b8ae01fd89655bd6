/**
 * Starts fine-tuning of a pretrained GIN on BBBP exactly where PyTorch started (its heads, its batches), from the SMILES
 * themselves, and compares features and the losses of twenty steps.
 *
 *     npm run check:graphs [-- SHARED_FOLDER]
 *
 * Exits non-zero if a feature differs by more than 1e-3, or a loss.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crossEntropy, sgd, trainingStep } from "@taskhead/autograd";
import { classTargets, createEngine, graphs, linearHead, openBackbone, type Graphs } from "@taskhead/core";
import { extractFeatures, pickTargets, targetTensor, Trainer, upTo, withHead } from "@taskhead/core/internals";
import { parse } from "csv-parse/sync";
import ort from "onnxruntime-node";
import { joined } from "#taskhead/graphs/join.js";
import { readMolecule } from "#taskhead/graphs/chemistry/molecule.js";
import { loadRdkit } from "#taskhead/graphs/chemistry/load-rdkit.js";
import { inRepository } from "./paths.js";
import { entry, floats, integers, readTensors } from "./safetensors.js";

const shared = process.argv[2] ?? inRepository("../shared");
const tolerance = 1e-3;
const learningRate = 5e-4;
const modality = graphs();
const backbone = openBackbone(readFileSync(join(shared, "models/gin-chem.onnx")), { modality });
const rdkit = await loadRdkit();
const engine = createEngine(ort);

/** The molecules of a table with columns smiles and label, in its order. */
function moleculesOf(file: string): Graphs {
  const rows = parse(readFileSync(join(shared, "data/molecules/bbbp", file), "utf8"), { columns: true }) as {
    smiles: string;
    label: string;
  }[];
  const all = rows.map(
    ({ smiles }) => readMolecule(rdkit, smiles.trim(), { featuriser: "ogb", scaffolds: false }).graph,
  );
  return joined(all, classTargets(rows.map(({ label }) => Number(label))));
}

/** How far the features of the first test molecules are from PyTorch's, at most. */
async function featureDifference(): Promise<number> {
  const theirs = floats(readTensors(join(shared, "models/gin-chem.check.safetensors")), "features");
  const samples = await modality.open(moleculesOf("test.csv"), engine, backbone.inputs);
  const z = await extractFeatures(engine, backbone, samples);
  return theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - z[i]!)), 0);
}

/** How far the losses of the steps from a start are from PyTorch's, at most. */
async function difference(train: Graphs, file: string): Promise<number> {
  const start = readTensors(file);
  const head = new Map([
    ["head.weight", floats(start, "weight")],
    ["head.bias", floats(start, "bias")],
  ]);
  const whole = withHead(backbone, linearHead(), 2, head);
  const step = trainingStep(
    { ...whole, graph: { ...whole.graph, outputs: [{ name: "logits" }] } },
    {
      loss: crossEntropy({ logits: "logits" }),
      optimizer: sgd({ momentum: 0.9 }),
      trainable: [...backbone.parameters, ...head.keys()],
    },
  );
  const samples = await modality.open(train, engine, backbone.inputs);
  const trainer = await Trainer.create(engine, step);
  const theirs = Array.from(entry(start, "losses").data, Number);
  const batches = integers(start, "batches");
  const size = batches.length / theirs.length;
  let apart = 0;
  for (const n of upTo(theirs.length)) {
    const chosen = batches.slice(n * size, (n + 1) * size);
    const target = targetTensor(engine, pickTargets(samples.targets, chosen));
    const { loss } = await trainer.step({ ...(await samples.feeds(chosen)), target }, learningRate);
    apart = Math.max(apart, Math.abs(loss - theirs[n]!));
  }
  await trainer.release();
  return apart;
}

const features = await featureDifference();
console.log(`features of 24 molecules differ by at most ${features.toExponential(2)}`);
const train = moleculesOf("train.csv");
let worst = features;
for (const name of ["start-bbbp-seed0", "start-bbbp-seed1"]) {
  const folder = join(shared, "peers/graph", name);
  for (const file of readdirSync(folder).sort()) {
    const apart = await difference(train, join(folder, file));
    worst = Math.max(worst, apart);
    console.log(`${name}/${file}: losses differ by at most ${apart.toExponential(2)}`);
  }
}
console.log(
  `largest difference ${worst.toExponential(2)} (allowed ${tolerance}): ${worst <= tolerance ? "ok" : "FAIL"}`,
);
process.exit(worst <= tolerance ? 0 : 1);
