import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { float32 } from "../graph/tensor.js";
import { writeModel } from "../io/write.js";
import { adamw, sgd, type Optimizer } from "./optimizers.js";
import { squaredError } from "./losses/squared-error.js";
import { trainingStep, type TrainingStepOptions } from "./training-step.js";

const start = { w: [0.5, -1], v: [0.8] };
const model = modelFrom({
  inputs: { x: ["batch", 2] },
  initializers: { w: float32(start.w, [2, 1]), v: float32(start.v, [1, 1]) },
  nodes: [node("MatMul", "x w", "z"), node("MatMul", "z v", "logits")],
  outputs: ["logits"],
});
/** One sample x of target y: q = v wᵀx and loss ½(q − y)². */
const [x, y] = [[2, -0.5], 3];

type Numbers = Record<string, number[]>;

/** Some steps at this rate; parameters and state after each, and the loss before it. */
async function trained(optimizer: Optimizer, steps: number, options: Partial<TrainingStepOptions>) {
  const trainable = ["w", "v"];
  const step = trainingStep(model, { loss: squaredError({ logits: "logits" }), optimizer, trainable, ...options });
  const session = await InferenceSession.create(writeModel(step.model));
  const shapes = new Map([...step.parameters, ...step.state].map(({ name, shape }) => [name, shape]));
  let now: Numbers = {
    ...start,
    ...Object.fromEntries(step.state.map(({ name, shape }) => [name, shape[0] === 2 ? [0, 0] : [0]])),
  };
  const course: { now: Numbers; loss: number }[] = [];
  for (let s = 1; s <= steps; s++) {
    const tensors = Object.entries(now).map(([name, data]) => [name, new Tensor("float32", data, shapes.get(name))]);
    const scalars = Object.entries(step.scalars(s, 0.1)).map(([name, n]) => [name, new Tensor("float32", [n], [])]);
    const results = await session.run({
      x: new Tensor("float32", x, [1, 2]),
      target: new Tensor("float32", [y], [1, 1]),
      ...Object.fromEntries([...tensors, ...scalars]),
    });
    now = Object.fromEntries([...shapes.keys()].map((n) => [n, [...(results[`next.${n}`]!.data as Float32Array)]]));
    course.push({ now, loss: (results["loss"]!.data as Float32Array)[0]! });
  }
  await session.release();
  return course;
}

/** The gradients of the loss by hand: (q − y) v x and (q − y) wᵀx. */
function gradients(w: number[], v: number): { w: number[]; v: number; loss: number } {
  const z = w[0]! * x[0]! + w[1]! * x[1]!;
  const r = z * v - y;
  return { w: x.map((one) => r * v * one), v: r * z, loss: r ** 2 / 2 };
}

const [alpha, beta] = [0.7, 0.3];
const penalty = (name: string) =>
  name === "w" ? ({ strength: alpha, around: "start" } as const) : ({ strength: beta, around: "zero" } as const);

it("a penalty adds strength · (p − c) to a parameter's gradient: momentum and a few steps by hand", async () => {
  const course = await trained(sgd({ momentum: 0.9 }), 4, { penalty });
  let [w, v, mw, mv] = [[...start.w], start.v[0]!, [0, 0], 0];
  for (const { now, loss } of course) {
    const g = gradients(w, v);
    expect(loss).toBeCloseTo(g.loss, 5);
    mw = mw.map((m, i) => 0.9 * m + g.w[i]! + alpha * (w[i]! - start.w[i]!));
    mv = 0.9 * mv + g.v + beta * v;
    w = w.map((p, i) => p - 0.1 * mw[i]!);
    v -= 0.1 * mv;
    [...w, v].forEach((p, i) => expect([...now["w"]!, ...now["v"]!][i]).toBeCloseTo(p, 5));
  }
});

it("is clipped with the loss's own gradient", async () => {
  const { now } = (await trained(sgd({ momentum: 0 }), 1, { penalty, clipNorm: 0.5 }))[0]!;
  const g = gradients(start.w, start.v[0]!);
  const whole = [...g.w, g.v + beta * start.v[0]!];
  const norm = Math.hypot(...whole);
  const before = [...start.w, ...start.v];
  [...now["w"]!, ...now["v"]!].forEach((p, i) => expect(p).toBeCloseTo(before[i]! - (0.05 * whole[i]!) / norm, 6));
});

it("goes through AdamW's averages, as the rest of the loss does", async () => {
  const course = await trained(adamw({ weightDecay: 0 }), 3, { penalty });
  let [w, v] = [[...start.w], start.v[0]!];
  const [m, s] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  course.forEach(({ now }, t) => {
    const g = gradients(w, v);
    const whole = [...g.w.map((one, i) => one + alpha * (w[i]! - start.w[i]!)), g.v + beta * v];
    const next = [...w, v].map((p, i) => {
      m[i] = 0.9 * m[i]! + 0.1 * whole[i]!;
      s[i] = 0.999 * s[i]! + 0.001 * whole[i]! ** 2;
      return p - (0.1 * m[i]!) / (1 - 0.9 ** (t + 1)) / (Math.sqrt(s[i]! / (1 - 0.999 ** (t + 1))) + 1e-8);
    });
    [w, v] = [next.slice(0, 2), next[2]!];
    next.forEach((p, i) => expect([...now["w"]!, ...now["v"]!][i]).toBeCloseTo(p, 5));
  });
});

it.each([
  ["sgd", sgd({ momentum: 0.9, weightDecay: 0.1 })],
  ["adamw", adamw({ weightDecay: 0.1 })],
])(
  "before its onset a parameter and its state do not move, and then begin as if there had been no step: %s",
  async (_, optimizer) => {
    const onset = (name: string): number => (name === "w" ? 3 : 1);
    const course = await trained(optimizer, 4, { onset, clipNorm: 0.5 });
    const alone = await trained(optimizer, 2, { onset: (name) => (name === "w" ? 99 : 1), clipNorm: 0.5 });
    const ofW = (at: Numbers): Numbers => Object.fromEntries(Object.entries(at).filter(([name]) => name.endsWith("w")));
    const f32 = (numbers: number[]): number[] => numbers.map(Math.fround);
    for (const { now } of course.slice(0, 2))
      for (const [name, values] of Object.entries(ofW(now)))
        expect(values, name).toEqual(name === "w" ? f32(start.w) : [0, 0]);
    // The others are trained as if it were a constant, its gradient in no norm.
    course.slice(0, 2).forEach(({ now }, i) => expect(now["v"]).toEqual(alone[i]!.now["v"]));
    // The first step from the onset: a first step's, by hand.
    const { w: g, v: gv } = gradients(start.w, course[1]!.now["v"]![0]!);
    const clip = Math.min(1, 0.5 / (Math.hypot(...g, gv) + 1e-6));
    start.w.forEach((p, i) => {
      const byHand =
        optimizer.name === "sgd"
          ? p - 0.1 * (g[i]! * clip + 0.1 * p)
          : p * (1 - 0.1 * 0.1) - (0.1 * g[i]! * clip) / (Math.abs(g[i]! * clip) + 1e-8);
      expect(course[2]!.now["w"]![i]).toBeCloseTo(byHand, 5);
    });
  },
);
