import { expect, test } from "vitest";
import { classTargets } from "../data/targets.js";
import { samplesOf } from "../data/samples.js";
import { ownSamples } from "../backbone/modality.js";
import type { Engine } from "../engine/engine.js";
import type { Feeds } from "../engine/session.js";
import { requireInput, requireNames, type TuneInput } from "./input.js";
import { memoryStore } from "./store/store.js";

const source = samplesOf(classTargets([0, 1]), (): Feeds => ({}));
const good = {
  engine: { session: () => {}, tensor: () => {} } as unknown as Engine,
  modality: ownSamples,
  backbone: { bytes: new Uint8Array() },
  sets: { train: { source }, validation: { source } },
  outputs: ["a", "b"],
  store: memoryStore(),
};

test.each<[given: object, message: string]>([
  [{ epochs: 3 }, "tune has no option 'epochs'; leave it out, or take one of engine, modality,"],
  [{ modality: () => ownSamples }, "modality wants a kind of data, such as ownSamples or images(), not a function"],
  [{ sets: { train: source, validation: { source } } }, "sets.train wants { source }, of which"],
  [{ sets: { ...good.sets, ood: { source } } }, "sets.ood wants a list, not {"],
  [{ store: new Map() }, "store wants a store, such as memoryStore(), not a Map"],
  [{ outputs: 2 }, "outputs wants a list of names, one for each class, label or number, not 2"],
  [{ signal: new AbortController() }, "signal wants an AbortSignal, such as the signal of an AbortController, not an"],
  [{ onProgress: 3 }, "onProgress wants a function, not 3"],
])("%o is refused", (given, message) => {
  expect(() => requireInput({ ...good, ...given } as TuneInput<unknown>)).toThrow(message);
  expect(() => requireInput(good)).not.toThrow();
});

test("outputs have names of their own, and classes are two at least", () => {
  const names = (outputs: readonly unknown[]) => () => requireNames(outputs as string[], "classification");
  expect(names(["a", ""])).toThrow("outputs holds '' at place 1; give each output a name, a text");
  expect(names([0, 1])).toThrow("outputs holds 0 at place 0");
  expect(names(["a"])).toThrow("outputs names 'a' alone, and classification tells classes apart; name two at least");
  expect(() => requireNames(["grams"], "regression")).not.toThrow();
});
