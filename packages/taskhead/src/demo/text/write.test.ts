import { random } from "@taskhead/core/internals";
import { expect, test } from "vitest";
import { phrased } from "./phrases.js";
import { labelled } from "./tables.js";
import { pretrainingIntents, targetIntents, writeRequest } from "./write.js";

test("the same intent, seed and index give the same text, others another", () => {
  const text = writeRequest("wrong item", 1, 2);
  expect(writeRequest("wrong item", 1, 2)).toBe(text);
  for (const other of [writeRequest("wrong item", 1, 3), writeRequest("wrong item", 2, 2), writeRequest("jobs", 1, 2)])
    expect(other).not.toBe(text);
});

test("every intent has phrases that can be written, as sentences", () => {
  for (const intent of [...pretrainingIntents, ...targetIntents])
    for (let i = 0; i < 40; i++) expect(writeRequest(intent, 3, i)).toMatch(/^([A-Z][A-Za-z0-9, ]*\.( |$))+$/);
  expect(() => writeRequest("nothing", 3, 0)).toThrow("nobody writes of 'nothing'");
});

test("no intent of the target task was pretrained on", () => {
  expect([pretrainingIntents.length, targetIntents.length]).toEqual([23, 8]);
  expect(targetIntents.filter((intent) => pretrainingIntents.includes(intent))).toEqual([]);
});

test("few of the texts that are tested were trained on", () => {
  const seen = new Set(labelled(7, 0, 12).map(({ text }) => text));
  expect(labelled(7, 1000, 40).filter(({ text }) => seen.has(text)).length).toBeLessThan(4);
});

test("a phrase stands for each of its sentences, and for no other", () => {
  const written = new Set<string>();
  const phrases = { thing: ["lamp", "{colour} coat"], colour: ["red", "blue"] };
  const phrase = "(a|the (old|new|)) {thing} ,";
  for (let i = 0; i < 500; i++) written.add(phrased(phrase, phrases, random(i)));
  const things = ["lamp", "red coat", "blue coat"];
  expect([...written].sort()).toEqual(
    ["a", "the", "the old", "the new"].flatMap((one) => things.map((thing) => `${one} ${thing} ,`)).sort(),
  );
});

test("no phrase is used twice in a sentence, and one that there is not is named", () => {
  for (let i = 0; i < 50; i++) expect(["a b", "b a"]).toContain(phrased("{one} {one}", { one: ["a", "b"] }, random(i)));
  expect(() => phrased("{one} {one}", { one: ["a"] }, random(0))).toThrow(
    "there is no phrase for {one} in '{one} {one}'",
  );
  expect(() => phrased("{two}", {}, random(0))).toThrow("there is no phrase for {two}");
});
