import { expect, test } from "vitest";
import { arraySamples, samplesOf } from "./samples.js";
import { split } from "./split.js";
import { classTargets, numberTargets, unitTargets } from "./targets.js";
import type { Engine } from "../engine/engine.js";

/** As a program without types may call it. */
const untyped = (work: (given: never) => unknown, given: unknown) => () => work(given as never);

test("labels that are no numbers are refused as they were written", () => {
  expect(untyped(classTargets, ["0", "1"])).toThrow("sample 0 has class '0'; give whole numbers from 0 on");
  expect(untyped(classTargets, undefined)).toThrow("classTargets wants a class for each sample, not undefined");
  expect(untyped(unitTargets, [0, 1])).toThrow("unitTargets wants a list of classes for sample 0, not 0");
});

test("a number that is not known is NaN and nothing else", () => {
  expect([...numberTargets([[NaN, 1]]).data]).toEqual([NaN, 1]);
  expect(untyped(numberTargets, [[null]])).toThrow(
    "number 0 of sample 0 is null; give a number that float32 holds, or NaN where it is not known",
  );
  expect(untyped(numberTargets, [[1], ["x"]])).toThrow("number 0 of sample 1 is 'x'");
  expect(untyped(numberTargets, [[1e300]])).toThrow("number 0 of sample 0 is 1e+300");
  expect(untyped(numberTargets, [1, 2])).toThrow("numberTargets wants a list of numbers for sample 0, not 1");
  expect(untyped(numberTargets, [[]])).toThrow("sample 0 has no numbers");
  expect(numberTargets([])).toEqual({ data: new Float32Array(), shape: [1] });
});

test("what is no targets, samples or seed is told where it was given", () => {
  const engine = { session: () => {}, tensor: () => {} } as unknown as Engine;
  const targets = classTargets([0, 1]);
  const data = new Float32Array(2);
  const labels = untyped((given) => arraySamples(engine, { x: { data, shape: [1] } }, given), [0, 1]);
  expect(labels).toThrow("targets are what classTargets, numberTargets or unitTargets makes of labels, not [0,1]");
  const shape = untyped((given) => arraySamples(engine, { x: { data, shape: given } }, targets), undefined);
  expect(shape).toThrow(
    "the shape of 'x' wants a list of the sizes of one sample, whole numbers from 1 on, not undefined",
  );
  expect(() => arraySamples(engine, {}, targets)).toThrow("arraySamples wants an array for each input of the network");
  expect(untyped((given) => samplesOf(targets, given), {})).toThrow("feeds wants a function, not {}");
  expect(untyped((given) => split(targets, 0.5, given), undefined)).toThrow("seed wants a whole number, not undefined");
});
