import { crossEntropy, float32, GraphBuilder, sgd, trainingStep } from "@taskhead/autograd";
import ort from "onnxruntime-node";
import { expect, it } from "vitest";
import { createEngine } from "./create-engine.js";
import { Trainer } from "./trainer.js";

const engine = createEngine(ort, { threads: 1 });
const width = 256;

/** One dense layer of 64 Ki weights: a step that kept any of its tensors would leak a quarter of a mebibyte. */
async function wideTrainer(): Promise<Trainer> {
  const b = new GraphBuilder();
  b.input("x", "float32", ["batch", width]);
  b.initializer("w", float32(new Float32Array(width * width).fill(0.01), [width, width]));
  b.setOutputs({ logits: b.op("MatMul", ["x", "w"]) });
  const loss = crossEntropy({ logits: "logits" });
  return Trainer.create(engine, trainingStep(b.model(), { loss, optimizer: sgd({ momentum: 0.9 }), trainable: ["w"] }));
}

it("memory stays flat over thousands of steps", async () => {
  const trainer = await wideTrainer();
  const x = engine.tensor("float32", new Float32Array(4 * width).fill(0.1), [4, width]);
  const target = engine.tensor("int64", BigInt64Array.of(0n, 1n, 2n, 3n), [4]);
  const resident = async (steps: number): Promise<number> => {
    for (let i = 0; i < steps; i++) await trainer.step({ x, target }, 1e-6);
    return process.memoryUsage().rss / 2 ** 20;
  };
  const settled = await resident(500);
  const grown = (await resident(3000)) - settled;
  await trainer.release();
  expect(grown).toBeLessThan(100); // Keeping one tensor a step would have added 750 MiB.
});
