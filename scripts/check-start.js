/**
 * Starts fine-tuning exactly where PyTorch started (its heads, its batches) and prints both losses of each step.
 *
 *     npm run check:start [-- SHARED_FOLDER]
 *
 * Exits non-zero if a loss of the first five steps differs by more than 5e-3. Later steps are printed, not judged: rounding
 * grows from step to step, fastest where the head is large. Replayed from the tau-64 start, PyTorch 1.13 itself differs
 * from the recorded losses by up to 4.3e-2 within twenty steps in float32, and by up to 4.6e-2 in float64.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crossEntropy, sgd, trainingStep } from "@taskhead/autograd";
import {
  createEngine,
  createResizer,
  decodeSafetensors,
  linearHead,
  openBackbone,
  plainPreprocessing,
  Trainer,
  withHead,
} from "@taskhead/core";
import ort from "onnxruntime-node";
import { loadImages, scanImageFolder } from "../packages/taskhead/dist/images/index.js";

const shared = process.argv[2] ?? "../shared";
const size = { height: 64, width: 64 };
const tolerance = 5e-3;
const judged = 5;
const engine = createEngine(ort);
const preprocessing = plainPreprocessing(64);
const { images, targets } = await loadImages(await scanImageFolder(join(shared, "data/cifar10/train")), {
  resize: await createResizer(engine, preprocessing),
  size,
  memoryBudget: 2 ** 30,
  cacheDir: ".cache",
});
const pixels = { rescale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] };
const channelBlock = await engine.channelBlock();
const backbone = openBackbone(readFileSync(join(shared, "models/tiny-darknet.onnx")), { pixels, size });
let worst = 0;
let overall = 0;
for (const file of readdirSync(join(shared, "peers/start-cifar10")).sort()) {
  const path = join(shared, "peers/start-cifar10", file);
  const start = decodeSafetensors(readFileSync(path), path).tensors;
  const head = new Map([
    ["head.weight", start.get("weight").data],
    ["head.bias", start.get("bias").data],
  ]);
  const model = withHead(backbone, linearHead(), 10, head);
  const trainable = [...backbone.parameters, ...head.keys()];
  const loss = crossEntropy({ logits: "logits" });
  const trainer = await Trainer.create(
    engine,
    trainingStep(model, { loss, optimizer: sgd({ momentum: 0.9 }), trainable, channelBlock }),
  );
  const [steps, batch] = start.get("batches").shape;
  for (let step = 0; step < steps; step++) {
    const chosen = Array.from(start.get("batches").data.subarray(step * batch, (step + 1) * batch), Number);
    const bytes = new Uint8Array(batch * 3 * 64 * 64);
    await images.gather(chosen, bytes);
    const feeds = { [backbone.inputName]: engine.tensor("uint8", bytes, [batch, 3, 64, 64]) };
    const target = chosen.map((i) => targets.data[i]);
    const ours = (await trainer.step(feeds, target, 5e-5)).loss;
    const theirs = start.get("losses").data[step];
    if (step < judged) worst = Math.max(worst, Math.abs(ours - theirs));
    overall = Math.max(overall, Math.abs(ours - theirs));
    console.log(`${file} step ${step + 1}: ${ours.toFixed(5)}, PyTorch ${theirs.toFixed(5)}`);
  }
  await trainer.release();
}
await images.close();
const verdict = worst <= tolerance ? "ok" : "FAIL";
console.log(
  `largest difference ${worst.toExponential(2)} in the first ${judged} steps (allowed ${tolerance}): ${verdict}`,
);
console.log(`in all steps ${overall.toExponential(2)}`);
process.exit(worst <= tolerance ? 0 : 1);
