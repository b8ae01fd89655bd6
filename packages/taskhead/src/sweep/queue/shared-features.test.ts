import { memoryStore } from "@taskhead/core";
import { readTensors, writeTensors } from "@taskhead/core/internals";
import { expect, it } from "vitest";
import { givenFeatures, takenFeatures } from "./shared-features.js";

const features = new Map([["features", Float32Array.of(1, 2, 3)]]);

it("workers have the features that the sweep computed, or found in its cache, and keep them", async () => {
  const [store, computed, found, worker] = [memoryStore(), memoryStore(), memoryStore(), memoryStore()];
  const give = givenFeatures(store)!;
  await writeTensors(give(computed), "train", features);
  await writeTensors(found, "validation", features);
  await readTensors(give(found), "validation");
  expect(store.keys()).toEqual(["features/train", "features/validation"]);
  const taken = takenFeatures(store)(worker);
  for (const key of ["train", "validation"]) expect((await readTensors(taken, key))!.weights).toEqual(features);
  expect(worker.keys()).toEqual(["train", "validation"]);
  expect(await taken.read("other")).toBeUndefined();
});

it("what a worker computes stays with it, and what was damaged is replaced", async () => {
  const [store, own, worker] = [memoryStore(), memoryStore(), memoryStore()];
  const give = givenFeatures(store)!;
  await give(own).write("train", Uint8Array.of(1));
  const taken = takenFeatures(store)(worker);
  await expect(readTensors(taken, "train")).rejects.toThrow("train");
  await writeTensors(taken, "train", features);
  expect((await readTensors(taken, "train"))!.weights).toEqual(features);
  expect(await store.read("features/train")).toEqual(Uint8Array.of(1));
  await writeTensors(give(own), "train", features);
  expect((await readTensors(store.within("features"), "train"))!.weights).toEqual(features);
});

it("a store that keeps all in memory has none", () => {
  expect(givenFeatures({ ...memoryStore(), requireSmall: () => {} } as never)).toBeUndefined();
});
