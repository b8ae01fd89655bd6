import { describe, expect, it } from "vitest";
import { engine } from "../../test/tiny-task.js";
import { classTargets } from "../data/targets.js";
import { normals, random } from "../data/random.js";
import type { Weights } from "../engine/weights.js";
import { withSession } from "../engine/with-session.js";
import { classification } from "../objectives/classification.js";
import { headAlone, headStartFor, linearHead, mlpHead, startSentence, type Head, type HeadStart } from "./index.js";

const [width, classes, count] = [64, 10, 400];
const targets = classTargets(Array.from({ length: count }, (_, n) => n % classes));
const objective = classification(classes);

/** The energy that a head leaves on features from normal(0, scale). */
async function energy(head: Head, weights: Weights, scale: number): Promise<number> {
  const z = engine.tensor("float32", normals(count * width, scale, random(5)), [count, width]);
  const outputs = await withSession(engine, headAlone(head, width, classes, weights), (session) => session.run({ z }));
  return objective.measure({ logits: outputs["logits"]!.data as Float32Array }, targets).energy;
}

/** Kolmogorov's distance between values and a distribution. */
function distance(values: Float32Array, cumulative: (x: number) => number): number {
  const n = values.length;
  return values
    .toSorted()
    .reduce((most, x, i) => Math.max(most, Math.abs(cumulative(x) - i / n), Math.abs(cumulative(x) - (i + 1) / n)), 0);
}

/** Abramowitz and Stegun 26.2.17, good to 7.5e-8. */
function normal(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return x > 0 ? 1 - tail : tail;
}

describe("a linear head's start", () => {
  const drawn = (start?: HeadStart): [w: Float32Array, b: Float32Array] => {
    const weights = linearHead(start && { start }).initial(random(1), 100, 50);
    return [weights.get("head.weight")!, weights.get("head.bias")!];
  };
  /** Of n independent values; more is met once in 1,000 draws. */
  const bound = (n: number): number => 1.95 / Math.sqrt(n);

  it("is nn.Linear's unless said: weights and biases uniform in ±1/√h", () => {
    const [w, b] = drawn();
    const uniform = (x: number): number => (x * 10 + 1) / 2;
    for (const values of [w, b]) {
      expect(distance(values, uniform)).toBeLessThan(bound(values.length));
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.1);
    }
    // ‖W‖ of [k, h] is about √(k/3), whatever h.
    expect(Math.hypot(...w)).toBeCloseTo(Math.sqrt(50 / 3), 0);
  });

  it("is normal with the deviation that is asked for, or zero", () => {
    const [w, b] = drawn({ kind: "normal", deviation: 0.02 });
    expect(distance(w, (x) => normal(x / 0.02))).toBeLessThan(bound(w.length));
    expect(new Set(b)).toEqual(new Set([0]));
    expect(drawn({ kind: "zeros" }).flatMap((values) => [...new Set(values)])).toEqual([0, 0]);
  });
});

it("a perceptron of zeros has zeros in its last layer alone, so that it can learn", () => {
  const weights = mlpHead({ width: 8, start: { kind: "zeros" } }).initial(random(1), 5, 3);
  expect(new Set([...weights.get("head.2.weight")!, ...weights.get("head.2.bias")!])).toEqual(new Set([0]));
  expect(new Set(weights.get("head.1.weight")).size).toBe(40);
});

describe("the energy at tau 0", () => {
  const guess = Math.sqrt(1 - 1 / classes);
  const start = (kind?: HeadStart): Promise<number> =>
    energy(linearHead(), linearHead(kind && { start: kind }).initial(random(2), width, classes), 4);

  it("is that of guessing for zeros, little more for small weights, far more as PyTorch starts", async () => {
    expect(await start({ kind: "zeros" })).toBeCloseTo(guess, 6);
    const small = await start({ kind: "normal", deviation: 0.01 });
    expect(Math.abs(small - guess)).toBeLessThan(0.01);
    expect(await start()).toBeGreaterThan(guess + 0.1);
  });

  it("is √2 where a head is sure and wrong", async () => {
    // Every class' logit is read off a feature of its own; the sample's is set high for the class after the right one.
    const head = linearHead();
    const weight = new Float32Array(classes * width);
    for (let c = 0; c < classes; c++) weight[c * width + c] = 100;
    const z = new Float32Array(count * width);
    for (let n = 0; n < count; n++) z[n * width + (((n % classes) + 1) % classes)] = 1;
    const weights = new Map([
      ["head.weight", weight],
      ["head.bias", new Float32Array(classes)],
    ]);
    const outputs = await withSession(engine, headAlone(head, width, classes, weights), (session) =>
      session.run({ z: engine.tensor("float32", z, [count, width]) }),
    );
    const { energy } = objective.measure({ logits: outputs["logits"]!.data as Float32Array }, targets);
    expect(energy).toBeCloseTo(Math.SQRT2, 6);
  });

  it("comes near √2 as a random head grows on features of any length: nine of ten are sure and wrong", async () => {
    const weights = linearHead().initial(random(2), width, classes);
    const [long, longer] = [await energy(linearHead(), weights, 40), await energy(linearHead(), weights, 4000)];
    expect(long).toBeGreaterThan(1.15);
    expect(longer).toBeGreaterThan(long);
    expect(longer).toBeLessThan(Math.SQRT2);
  });
});

describe("the start that a model's framework would have made", () => {
  it.each([
    [undefined, "torch", /^as nn.Linear/],
    [{ id2label: {} }, "torch", /^as nn.Linear/],
    // timm's own
    [{ architecture: "resnet18", num_classes: 0, pretrained_cfg: {} }, "torch", /^as nn.Linear/],
    [{ model_type: "vit", initializer_range: 0.03 }, 0.03, /^config.json \(initializer_range\)$/],
    [{ architectures: ["BertModel"], model_type: "bert" }, 0.02, /usual deviation/],
    [{ architectures: ["A"], initializer_range: "wide" }, 0.02, /usual deviation/],
    [{ architectures: ["ResNetForImageClassification"], model_type: "resnet" }, "torch", /model_type resnet/],
    [{ architectures: ["TimmWrapperModel"], model_type: "timm_wrapper", initializer_range: 0.02 }, 0.02, /range/],
  ] as const)("of %j", (config, start, from) => {
    const found = headStartFor(config);
    expect(found.start).toEqual(typeof start === "number" ? { kind: "normal", deviation: start } : { kind: start });
    expect(found.from).toMatch(from);
  });

  it("gives way to what is asked, with the model's own deviation", () => {
    const config = { model_type: "vit", initializer_range: 0.03 };
    expect(headStartFor(config, "normal").start).toEqual({ kind: "normal", deviation: 0.03 });
    expect(headStartFor(undefined, "normal").start).toEqual({ kind: "normal", deviation: 0.02 });
    expect(headStartFor(config, "zeros").start).toEqual({ kind: "zeros" });
    expect(startSentence(headStartFor(config, "torch"))).toBe(
      "the last layer of the head starts from U(±1/√fan-in), weights and bias: as asked",
    );
  });
});
