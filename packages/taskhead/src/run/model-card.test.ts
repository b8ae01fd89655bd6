import type { TuneResults } from "@taskhead/core";
import { expect, test } from "vitest";
import { imageKind } from "../images/kind.js";
import { modelCard } from "./model-card.js";

const set = (path: string | null, count: number) => ({ path, count, skipped: 0 });

/** What a card needs of results. */
function results(own: Partial<TuneResults> = {}, best: Partial<NonNullable<TuneResults["best"]>> = {}): TuneResults {
  const file = { file: "model/onnx/model.onnx", precision: "fp32", bytes: 2.5e6, validationScore: 0.9, opset: 18 };
  return {
    taskheadVersion: "1.2.3",
    backbone: { file: "hub/mini-net/onnx/model.onnx", parameters: 12345, width: 64 },
    data: {
      sample: "image",
      objective: "classification",
      outputs: ["cat`|\nx", "dog"],
      train: set("photos/train", 80),
      validation: set(null, 20),
      test: set("/home/me/photos/test", 50),
      ood: [],
    },
    metric: { name: "accuracy", percent: true, chance: 0.5 },
    options: { seed: 3, head: "linear", optimizer: "sgd", batch: 16 },
    method: "hp-ft",
    rows: [{ tau: 4, bestEpoch: 2, energy: 0.51, learningRate: 0.01 }],
    best: {
      tau: 4,
      epoch: 2,
      validationScore: 0.9,
      testScore: 0.8,
      unseenTest: null,
      calibration: null,
      files: [{ ...file, oldestRuntime: "1.14" }],
      ...best,
    },
    ...own,
  } as unknown as TuneResults;
}

test("the model card says what the hub reads and people want to know, and no path of the maker", () => {
  const card = modelCard(results(), imageKind.card);
  expect(card).toMatch(/^---\nlibrary_name: transformers.js\npipeline_tag: image-classification\n/);
  expect(card).toContain('- name: "mini-net"\n');
  expect(card).toContain('name: "test"\n');
  expect(card).toContain("value: 0.8\n");
  expect(card).toContain("tells 2 classes of images apart: `cat x`, `dog`");
  expect(card).toContain("accuracy on 50 images for testing: 80.0 % (standard error 5.7 %)");
  expect(card).toContain(
    "head (linear) probed for tau = 4 epochs on frozen features, then head and backbone fine-tuned to epoch 2",
  );
  expect(card).toContain("energy at the start of fine-tuning 0.510, learning rate 0.010, sgd, batches of 16");
  expect(card).toContain("| `onnx/model.onnx` | float32 | 2.50 MB | 90.0 % | 18 | 1.14 or newer |");
  expect(card).not.toContain("/home/me");
});

test("it says how the weights were averaged, and how the backbone was trained", () => {
  const wiseFt = { share: 0.4, ahead: { difference: 0.05, low: -0.02, high: 0.12, basis: "paired hits" } };
  const blends = { soup: null, wiseFt } as unknown as TuneResults["blends"];
  const card = modelCard(results({ blends, method: "l2-sp" }, { blend: "wise-ft" }), imageKind.card);
  expect(card).toContain("then head and backbone fine-tuned, held near its start, to epoch 2");
  expect(card).toContain(
    "that run taken 40.0 % of the way from its start (WiSE-FT); on the images for validation, which chose that, it is 5.0 points above the best run alone",
  );
  expect(modelCard(results({ method: "bitfit" }), imageKind.card)).toContain(
    "then head, biases and norms fine-tuned to epoch 2",
  );
});

test("it tells the standard error of any score of which the run has told one", () => {
  const metric = { name: "mean ROC-AUC", percent: false, chance: 0.5 };
  const errors = { validationError: 0.0213, testError: 0.0347, unseenTest: { count: 40, score: 0.75, error: 0.0456 } };
  const card = modelCard(results({ metric }, errors), imageKind.card);
  expect(card).toContain("for validation, which chose the model: 0.900 (standard error 0.021)\n");
  expect(card).toContain("on 50 images for testing: 0.800 (standard error 0.035)\n");
  expect(card).toContain("for training or validation as well: 0.750 (standard error 0.046)\n");
  const unknown = { ...errors, validationError: null, unseenTest: null };
  expect(modelCard(results({ metric }, unknown), imageKind.card)).toContain("which chose the model: 0.900\n");
  // A run of a version before, which told none.
  expect(modelCard(results({ metric }), imageKind.card)).not.toContain("standard error");
});

test("it quotes the score on the test images that are in no other set", () => {
  const card = modelCard(results({}, { unseenTest: { count: 40, score: 0.75 } }), imageKind.card);
  expect(card).toContain("value: 0.75\n");
  expect(card).toContain("accuracy on the 40 images of these that are not for training or validation as well: 75.0 %");
});

test.each([
  [
    "lp",
    "converged",
    "head (linear) probed until it converged, with an L2 penalty chosen on validation, on frozen features, and nothing else trained",
  ],
  ["ft", 0, "head (linear) not probed (tau = 0), then head and backbone fine-tuned to epoch 2"],
  [
    "side",
    4,
    "head (linear) probed for tau = 4 epochs on frozen features, then head and side network trained to epoch 2",
  ],
] as const)("it says what %s from tau %s trained", (method, tau, said) => {
  expect(modelCard(results({ method }, { tau }), imageKind.card)).toContain(said);
});
