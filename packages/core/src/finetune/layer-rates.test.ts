import { crossEntropy, sgd, trainingStep } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { residualNetwork, stagedNetwork } from "../../test/networks.js";
import { classes, coloured, data, engine } from "../../test/tiny-task.js";
import { openBackbone } from "../backbone/backbone.js";
import { finetune } from "./finetune.js";
import { linearHead, withHead } from "../heads/index.js";
import { upTo } from "../data/samples.js";
import { pickTargets, targetTensor } from "../data/targets.js";
import { images } from "../images/modality.js";
import { layerDepths, layerRates } from "./layer-rates.js";
import { epochOrder, normals, random } from "../data/random.js";
import { Trainer } from "../engine/trainer.js";

test("depth grows block by block, and every parameter of the backbone has one", () => {
  const backbone = openBackbone(residualNetwork());
  const { depths, count } = layerDepths(backbone);
  expect([...depths.keys()]).toEqual(backbone.parameters);
  expect(count).toBe(3);
  const depthsOf = (prefix: string): Set<number> =>
    new Set([...depths].filter(([name]) => name.startsWith(prefix)).map(([, depth]) => depth));
  expect([depthsOf("stem"), depthsOf("r1"), depthsOf("r2")]).toEqual([new Set([0]), new Set([1]), new Set([2])]);
});

test("a step of sgd moves each parameter by its gradient times its own layer's rate", async () => {
  const backbone = openBackbone(stagedNetwork(), {
    modality: images({ pixels: { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3], rescale: 1 / 255 } }),
  });
  const samples = coloured(12, 1);
  // A head large enough that gradients stand clear of rounding.
  const head = new Map([
    ["head.weight", normals(classes * backbone.width, 0.5, random(1))],
    ["head.bias", new Float32Array(classes)],
  ]);
  const learningRate = 0.5;
  const outcome = await finetune(backbone, data(samples), {
    head,
    epochs: 1,
    batch: 12,
    learningRate,
    clipNorm: "none",
    optimizer: sgd({ momentum: 0 }),
    rateMultiplier: layerRates(backbone, linearHead(), { decay: 0.5, head: 10 }),
    seed: 3,
  });

  // The same batch's gradients from a graph without any multiplier; the update is made by hand.
  const step = trainingStep(withHead(backbone, linearHead(), classes, head), {
    loss: crossEntropy({ logits: "logits" }),
    optimizer: sgd({ momentum: 0 }),
    trainable: [...backbone.parameters, "head.weight", "head.bias"],
  });
  const trainer = await Trainer.create(engine, step);
  const start = await trainer.parameters();
  const order = epochOrder(samples.count, 3, "finetune", 1);
  expect(new Set(order)).toEqual(new Set(upTo(12)));
  const target = targetTensor(engine, pickTargets(samples.targets, order));
  await trainer.step({ ...(await samples.feeds(order)), target }, 1);
  const moved = await trainer.parameters();
  await trainer.release();

  const factors = { "1": 0.125, "2": 0.25, "3": 0.5, h: 10 };
  for (const [name, before] of start) {
    const factor = factors[name[0] as keyof typeof factors];
    const byHand = before.map((w, i) => learningRate * factor * (moved.get(name)![i]! - w));
    const measured = before.map((w, i) => outcome.last.get(name)![i]! - w);
    const error = Math.hypot(...measured.map((m, i) => m - byHand[i]!)) / Math.hypot(...byHand);
    expect(error, name).toBeLessThan(0.01);
  }
});
