import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import type { EngineName } from "../engines.js";
import { float32, sizeOf } from "../graph/tensor.js";
import { writeModel } from "../io/write.js";
import { adamw, sgd, type Optimizer } from "./optimizers.js";
import { trainingStep } from "./training-step.js";

const vectors = Array.from({ length: 9 }, (_, i) => `v${i}`);
/** Σ x v0 … v8 w, of vectors [3] and one of another shape. */
const model = modelFrom({
  inputs: { x: [3] },
  initializers: {
    ...Object.fromEntries(vectors.map((name, i) => [name, float32([1, 0.9 + i / 10, 1.1])])),
    w: float32([1, 2, 3], [1, 3]),
  },
  nodes: [
    ...vectors.map((name, i) => node("Mul", `${i === 0 ? "x" : `p${i - 1}`} ${name}`, `p${i}`)),
    node("Mul", "p8 w", "all"),
    node("ReduceMean", "all", "loss", { keepdims: 0 }),
  ],
  outputs: ["loss"],
});

async function threeSteps(optimizer: Optimizer, engine: EngineName) {
  const step = trainingStep(model, {
    loss: "loss",
    optimizer,
    engine,
    trainable: [...vectors, "w"],
    rateMultiplier: (name) => (name === "v1" ? 2 : 1),
    decays: (name) => name !== "v2",
    onset: (name) => (name === "v3" ? 3 : 1),
  });
  const session = await InferenceSession.create(writeModel(step.model));
  const tensor = (data: Float32Array, shape: readonly number[]) => new Tensor("float32", data, shape);
  const buffers = [
    ...step.parameters,
    ...step.state.map((s) => ({ ...s, initial: new Float32Array(sizeOf(s.shape)) })),
  ];
  let values: Record<string, Tensor> = Object.fromEntries(
    buffers.map(({ name, shape, initial }) => [name, tensor(initial, shape)]),
  );
  for (let i = 1; i <= 3; i++) {
    const scalars = Object.entries(step.scalars(i, 0.1)).map(([name, v]) => [name, tensor(Float32Array.of(v), [])]);
    const feeds = { x: tensor(Float32Array.of(1, 2, 0.5), [3]), ...values, ...Object.fromEntries(scalars) };
    const results = await session.run(feeds as Record<string, Tensor>);
    values = Object.fromEntries(buffers.map(({ name }) => [name, results[`next.${name}`]!]));
  }
  const after = Object.fromEntries(Object.entries(values).map(([name, { dims, data }]) => [name, [dims, data]]));
  return { after, nodes: step.model.graph.nodes.length };
}

it.each([sgd({ weightDecay: 0.1 }), adamw({ weightDecay: 0.1 })])(
  "$name updates small parameters together on webgpu, to the same values as each by itself",
  async (optimizer) => {
    const [together, apart] = [await threeSteps(optimizer, "webgpu"), await threeSteps(optimizer, "cpu")];
    expect(together.after).toEqual(apart.after);
    expect(together.nodes).toBeLessThan(apart.nodes);
  },
);

it("an optimizer that looks at whole tensors is left alone", async () => {
  const whole: Optimizer = { ...sgd(), elementwise: false };
  expect((await threeSteps(whole, "webgpu")).nodes).toBe((await threeSteps(whole, "cpu")).nodes);
});
