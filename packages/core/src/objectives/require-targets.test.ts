import { describe, expect, it, test } from "vitest";
import { arraySamples, selected } from "../data/samples.js";
import { classTargets, numberTargets, unitTargets, type Targets } from "../data/targets.js";
import { backbone, coloured, data as task, engine, modality, tinyNetwork } from "../../test/tiny-task.js";
import { openBackbone } from "../backbone/backbone.js";
import { imagesInMemory } from "../images/images.js";
import { images } from "../images/modality.js";
import { probe } from "../probe/probe.js";
import { classification } from "./classification.js";
import { multiLabel } from "./multi-label.js";
import type { Objective } from "./objective.js";
import { regression, scaleOf, standardised } from "./regression.js";

const data = task(coloured(12, 1), coloured(9, 2));
const three = classification(3);
const cases: [string, Objective, Targets, RegExp | undefined][] = [
  ["classes", three, classTargets([0, 1, 2]), undefined],
  ["a class too many", three, classTargets([0, 3]), /sample 1 has class 3, but there are 3 \(0 to 2\)/],
  ["numbers for classes", three, numberTargets([[0.5]]), /they are numbers; give one class index/],
  ["labels with gaps", multiLabel(2), numberTargets([[1, NaN]]), undefined],
  ["a label that is 2", multiLabel(2), numberTargets([[1, 0], [2, 0]]), /sample 1 has 2 in place 0; give 1, 0/], // prettier-ignore
  ["classes for labels", multiLabel(2), classTargets([0]), /they are class indices; give 2 numbers a sample/],
  ["numbers", regression(1), numberTargets([[-3], [NaN]]), undefined],
  [
    "an infinite number",
    regression(1),
    { data: Float32Array.of(1, Infinity), shape: [1] },
    /sample 1 has Infinity in place 0/,
  ],
  ["two numbers for one", regression(1), numberTargets([[1, 2]]), /a sample has \[2\] of them, the objective 1/],
];

test.each(cases)("%s", (_, objective, targets, message) => {
  if (message) expect(objective.refuses(targets)).toMatch(message);
  else expect(objective.refuses(targets)).toBeUndefined();
});

it("wants outputs in whole numbers", () => {
  for (const make of [() => classification(1), () => multiLabel(0), () => regression(1.5)])
    expect(make).toThrow(/wants a whole number of at least \d, not/);
});

it("wants a training sample that says what each number is", () => {
  expect(() => scaleOf(numberTargets([[1, NaN]]))).toThrow(/no training sample says what number 1 is/);
});

describe("before anything is computed", () => {
  it("says whose targets do not fit", async () => {
    const wrong = { ...data.validation, targets: classTargets(Array.from({ length: data.validation.count }, () => 7)) };
    await expect(probe(backbone, { ...data, validation: wrong })).rejects.toThrow(
      /the validation targets do not fit classification: sample 0 has class 7/,
    );
    const few = { ...data.train, targets: classTargets([0]) };
    await expect(probe(backbone, { ...data, train: few })).rejects.toThrow(/has \d+ samples, but targets of 1/);
  });

  it("says which sample's features are not finite", async () => {
    const feeds = async (indices: readonly number[]) => {
      const { pixels } = await data.train.feeds(indices);
      const values = Float32Array.from(pixels!.data as Uint8Array, Number);
      if (indices.includes(5)) values[192 * indices.indexOf(5)] = NaN;
      return { pixels: engine.tensor("float32", values, pixels!.dims) };
    };
    await expect(
      probe(openBackbone(tinyNetwork(), { modality: images({ size: { height: 8, width: 8 } }) }), {
        ...data,
        train: { ...data.train, feeds },
      }),
    ).rejects.toThrow(/the features of training sample 5 are NaN/);
  });

  it("refuses a batch without a row for each of its samples, whose features would be another's", async () => {
    const feeds = (indices: readonly number[]) => data.train.feeds(indices.slice(0, 1));
    await expect(probe(backbone, { ...data, train: { ...data.train, feeds } })).rejects.toThrow(
      "a batch of training samples has 1 rows where 12 are due; make feeds return one for each index",
    );
  });

  it("says which weight is not finite, where features are not for that", async () => {
    const broken = openBackbone(tinyNetwork(), { modality });
    (broken.model.graph.initializers.get("conv.bias")!.data as Float32Array)[1] = NaN;
    await expect(probe(broken, data)).rejects.toThrow(/^weight 'conv.bias' holds NaN; fetch the model again/);
  });
});

it("refuses arrays that are not a row for each target, and kinds of array that no network takes", () => {
  const of = (x: unknown) => () =>
    arraySamples(engine, { x: { data: x as Float32Array, shape: [2] } }, classTargets([0, 1]));
  expect(of(new Float32Array(3))).toThrow(
    "'x' holds 3 numbers, but 2 samples of shape [2] have 4; shape is that of one",
  );
  expect(of(new Float64Array(4))).toThrow("'x' holds Float64Array; give a Float32Array");
  expect(of([1, 2, 3, 4])).toThrow("'x' holds Array; give");
  expect(() => classTargets([0, 1.5])).toThrow("sample 1 has class 1.5; give whole numbers from 0 on");
  expect(() => classTargets([2 ** 40])).toThrow("sample 0 has class 1099511627776");
  expect(() => unitTargets([[0], [1, -2]])).toThrow("unit 1 of sample 1 has class -2");
  expect(() => standardised(numberTargets([[1, 2]]), { mean: [0], deviation: [1] })).toThrow(
    "a sample has 2 numbers, the scale 1; take the scale of these targets",
  );
  expect(() => imagesInMemory(new Uint8Array(5), classTargets([0]), [3, 2, 2])).toThrow(
    "the pixels are 5 bytes, but 1 images of [3, 2, 2] have 12",
  );
});

it("refuses indices that are no sample's", () => {
  const three = arraySamples(engine, { x: { data: new Float32Array(3), shape: [] } }, classTargets([0, 1, 0]));
  expect(() => selected(three, [0, 3])).toThrow("there is no sample 3; give indices from 0 to 2");
  expect(() => selected(three, [-1])).toThrow("there is no sample -1");
});
