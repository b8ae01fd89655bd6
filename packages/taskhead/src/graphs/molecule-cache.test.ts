import { memoryStore } from "@taskhead/core";
import { expect, test } from "vitest";
import type { Making, Molecule } from "./chemistry/molecule.js";
import type { ReadMolecule } from "./chemistry/read-each.js";
import { cacheKey, keep, kept } from "./molecule-cache.js";

const molecule = (nodes: number, canonical: string): Molecule => ({
  graph: {
    nodes: Int32Array.from({ length: 2 * nodes }, (_, i) => i),
    nodeWidth: 2,
    sources: Int32Array.from({ length: nodes - 1 }, (_, i) => i),
    destinations: Int32Array.from({ length: nodes - 1 }, (_, i) => i + 1),
    edges: Int32Array.from({ length: nodes - 1 }, () => 7),
    edgeWidth: 1,
  },
  canonical,
  scaffold: "",
});

const read: ReadMolecule[] = [
  { reason: "is no valid SMILES" },
  molecule(3, "CCO"),
  molecule(1, "C"),
  { reason: "has no atoms" },
];

test("what is kept comes back as it was, refusals in their places", async () => {
  const store = memoryStore();
  await keep(store, "a", read);
  expect(await kept(store, "a")).toEqual(read);
  expect(await kept(store, "b")).toBeUndefined();
  await keep(store, "none", [{ reason: "has no atoms" }]);
  expect(await kept(store, "none")).toEqual([{ reason: "has no atoms" }]);
});

test("a file that is not as it was written is none", async () => {
  const store = memoryStore();
  await keep(store, "a", read);
  const bytes = (await store.read("a"))!;
  for (const place of [40, bytes.length >> 1, bytes.length - 1]) {
    const other = bytes.slice();
    other[place]! ^= 1;
    await store.write("a", other);
    expect(await kept(store, "a")).toBeUndefined();
  }
  await store.write("a", bytes.slice(0, 20));
  expect(await kept(store, "a")).toBeUndefined();
});

test("the key changes with molecules, features and RDKit's release", () => {
  const ogb: Making = { featuriser: "ogb", scaffolds: false };
  const keys = [
    cacheKey(["C"], ogb, "1"),
    cacheKey(["CC"], ogb, "1"),
    cacheKey(["C"], { ...ogb, scaffolds: true }, "1"),
    cacheKey(["C"], { ...ogb, featuriser: "hu2020" }, "1"),
    cacheKey(["C"], ogb, "2"),
  ];
  expect(new Set(keys).size).toBe(5);
  expect(cacheKey(["C"], ogb, "1")).toBe(keys[0]);
});
