import { crossEntropy, float32, GraphBuilder, sgd, squaredError, trainingStep } from "@taskhead/autograd";
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

it("steps that overflow are told as not made, and end the run where no scale of the loss helps", async () => {
  const b = new GraphBuilder();
  b.input("x", "float32", ["batch", 1]);
  b.initializer("w", float32([1], [1, 1]));
  b.setOutputs({ logits: b.op("MatMul", ["x", "w"]) });
  const loss = squaredError({ logits: "logits" });
  const options = { loss, optimizer: sgd({ momentum: 0.9 }), trainable: ["w"], half: true, clipNorm: 1 };
  const trainer = await Trainer.create(engine, trainingStep(b.model(), options));
  const on = (value: number) =>
    trainer.step(
      {
        x: engine.tensor("float32", Float32Array.of(10), [1, 1]),
        target: engine.tensor("float32", Float32Array.of(value), [1, 1]),
      },
      0.01,
    );
  expect(await on(9)).toMatchObject({ made: true, gradientNorm: 10 });
  const { tensors } = await trainer.save();
  // The loss is finite, 5e37, and its gradient's square is not.
  const skipped = await on(1e19);
  expect(skipped.made).toBe(false);
  expect(skipped.gradientNorm).toBeUndefined();
  const after = await trainer.save();
  expect(after.step).toBe(2);
  expect(after.tensors.get("loss.scale")![0]).toBe(tensors.get("loss.scale")![0]! / 2);
  for (const name of ["w", "momentum.w"]) expect(after.tensors.get(name), name).toEqual(tensors.get(name));
  const forever = (async () => {
    for (let i = 0; i < 100; i++) await on(1e19);
  })();
  await expect(forever).rejects.toThrow("the gradients are beyond float16's range in step 42, whatever scale");
  await trainer.release();
});
