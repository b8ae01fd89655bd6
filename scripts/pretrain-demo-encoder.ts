/**
 * Makes the encoder of the demo of texts: writes messages, makes a vocabulary of them, trains a small BERT on them from
 * scratch, and prints its accuracy on other messages of the same kinds.
 *
 *     npm run pretrain:demo:text [-- FOLDER]      default: packages/taskhead/assets/demo-encoder
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pretrainingIntents, writeRequest } from "#taskhead/demo/text/write.js";
import {
  adamw,
  biasesAndScales,
  crossEntropy,
  float32,
  GraphBuilder,
  trainableParameters,
  trainingStep,
  writeModel,
  type Model,
} from "@taskhead/autograd";
import {
  classification,
  classTargets,
  createEngine,
  openTokenizer,
  texts as textsAs,
  tokenize,
  type Samples,
  type Tokenizer,
} from "@taskhead/core";
import {
  epochOrder,
  normals,
  pickTargets,
  random,
  runSamples,
  targetTensor,
  Trainer,
  withSession,
  withWeights,
  type Weights,
} from "@taskhead/core/internals";
import ort from "onnxruntime-node";
import { inRepository } from "./paths.js";
import { encoderConfig, smallEncoder } from "./small-encoder.js";
import { tokenizerFiles, wordPieces } from "./word-pieces.js";

const folder = process.argv[2] ?? inRepository("packages/taskhead/assets/demo-encoder");
const [perIntent, heldOut, epochs, batch, topRate] = [400, 60, 3, 32, 1e-3] as const;
const sizes = { vocabulary: 800, positions: 64, width: 64, layers: 2, heads: 4, inner: 128 };
const classes = pretrainingIntents.length;
// One thread: the same sums in the same order each time, on one kind of processor.
const engine = createEngine(ort, { threads: 1 });

/** What is kept: all that a classifier of other texts may use. */
function encoder(): Model {
  const b = new GraphBuilder("demo-encoder");
  b.setOutputs({ last_hidden_state: smallEncoder(b, sizes) });
  return b.model();
}

/** The same encoder; the mean over the tokens of a text; a linear classifier of that. */
function classifier(): Model {
  const b = new GraphBuilder("demo-encoder");
  const states = smallEncoder(b, sizes);
  const mask = b.op("Unsqueeze", [b.cast("attention_mask", "float32"), b.ints([2])]);
  const mean = b.div(b.reduceSum(b.mul(states, mask), [1]), b.reduceSum(mask, [1]));
  const shape = [sizes.width, classes];
  const start = normals(sizes.width * classes, 0.02, random(0, "init", "classifier.weight"));
  const weight = b.initializer("classifier.weight", float32(start, shape));
  const bias = b.initializer("classifier.bias", float32(new Float32Array(classes), [classes]));
  b.setOutputs({ logits: b.add(b.op("MatMul", [mean, weight]), bias) });
  return b.model();
}

function written(seed: number, count: number): { texts: string[]; labels: number[] } {
  const labels = pretrainingIntents.flatMap((_, label) => Array.from({ length: count }, () => label));
  return { labels, texts: labels.map((label, i) => writeRequest(pretrainingIntents[label]!, seed, i % count)) };
}

/** Messages as the encoder takes them. */
async function open(tokenizer: Tokenizer, { texts, labels }: ReturnType<typeof written>): Promise<Samples> {
  const tokens = await tokenize(
    tokenizer,
    texts.map((text) => ({ text })),
  );
  if (tokens.cut.length > 0) throw new Error(`${tokens.cut.length} messages are longer than ${sizes.positions} tokens`);
  return textsAs({ tokenizer }).open({ ...tokens, targets: classTargets(labels) }, engine);
}

/** AdamW, its rate falling to 0 along a cosine; prints the mean loss of each epoch. @returns the trained weights */
async function train(model: Model, samples: Samples): Promise<Weights> {
  const trainable = trainableParameters(model);
  const spared = biasesAndScales(model, trainable);
  const step = trainingStep(model, {
    loss: crossEntropy({ logits: "logits" }),
    optimizer: adamw({ weightDecay: 1e-2 }),
    trainable,
    decays: (name) => !spared.has(name),
    clipNorm: 1,
  });
  const trainer = await Trainer.create(engine, step);
  const total = epochs * Math.ceil(samples.count / batch);
  for (let epoch = 0; epoch < epochs; epoch++) {
    let sum = 0;
    for (const chosen of samples.batches(epochOrder(samples.count, 0, "pretrain", epoch), batch)) {
      const rate = (topRate * (1 + Math.cos((Math.PI * trainer.steps) / total))) / 2;
      const target = targetTensor(engine, pickTargets(samples.targets, chosen));
      const { loss } = await trainer.step({ ...(await samples.feeds(chosen)), target }, rate);
      sum += chosen.length * loss;
    }
    console.log(`epoch ${epoch + 1}/${epochs}: loss ${(sum / samples.count).toFixed(4)}`);
  }
  const weights = await trainer.parameters();
  await trainer.release();
  return weights;
}

/** The share of messages that are told right. */
async function accuracyOn(model: Model, samples: Samples): Promise<number> {
  const { logits } = await withSession(engine, model, (session) => runSamples(session, samples));
  return classification(classes).score({ logits: logits! }, samples.targets).value;
}

const pooling = { word_embedding_dimension: sizes.width, pooling_mode_mean_tokens: true };

const training = written(1, perIntent);
const files = {
  "config.json": encoderConfig(sizes),
  "1_Pooling/config.json": pooling,
  ...tokenizerFiles(wordPieces(training.texts, sizes.vocabulary), sizes.positions),
};
const tokenizer = await openTokenizer(files);
const network = classifier();
const weights = await train(network, await open(tokenizer, training));
const test = await open(tokenizer, written(2, heldOut));
const score = await accuracyOn(withWeights(network, weights), test);
const kept = encoder();
const own = new Map([...weights].filter(([name]) => kept.graph.initializers.has(name)));
write("onnx/model.onnx", writeModel(withWeights(kept, own)));
for (const [name, content] of Object.entries(files)) write(name, `${JSON.stringify(content)}\n`);
console.log(`${(100 * score).toFixed(1)} % of ${test.count} other messages`);

function write(name: string, content: string | Uint8Array): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  console.log(`${file}: ${content.length} bytes`);
}
