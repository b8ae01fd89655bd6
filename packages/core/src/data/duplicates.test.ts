import { describe, expect, it, test } from "vitest";
import { duplicatesIn, type KnownSet, type SetName } from "./duplicates.js";
import { groupOverlaps } from "./group-overlaps.js";
import { classTargets, numberTargets } from "./targets.js";

const set = (name: SetName, keys: string[], labels: number[]): KnownSet => ({
  set: name,
  keys,
  names: keys.map((_, n) => `${name}/${n}`),
  targets: classTargets(labels),
});

describe("the same content more than once", () => {
  it("is nothing where all differs", () => {
    const found = duplicatesIn([set("training", ["a", "b"], [0, 1]), set("test", ["c"], [0])]);
    expect(found).toEqual({
      across: [],
      contradicting: { count: 0, examples: [] },
      repeated: [],
      unseenTest: [0],
    });
  });

  it("is counted across sets, for every pair of them, with the first few by name", () => {
    const found = duplicatesIn([
      set("training", ["a", "b", "c", "d", "e"], [0, 1, 0, 1, 0]),
      set("validation", ["b", "x"], [1, 0]),
      set("test", ["e", "d", "c", "b", "y"], [0, 1, 0, 1, 0]),
    ]);
    expect(found.across.map(({ set: one, earlier, count }) => [one, earlier, count])).toEqual([
      ["validation", "training", 1],
      ["test", "training", 4],
      ["test", "validation", 1],
    ]);
    expect(found.across[1]!.examples).toEqual([
      ["test/0", "training/4"],
      ["test/1", "training/3"],
      ["test/2", "training/2"],
    ]);
    expect(found.unseenTest).toEqual([4]);
    expect(found.contradicting.count + found.repeated.length).toBe(0);
  });

  it("contradicts itself under two targets, in one set or in two", () => {
    const found = duplicatesIn([
      set("training", ["a", "a", "b", "b", "b"], [0, 1, 1, 1, 1]),
      set("validation", ["b"], [0]),
    ]);
    expect(found.contradicting).toEqual({
      count: 2,
      examples: [
        ["training/1", "training/0"],
        ["validation/0", "training/2"],
      ],
    });
    expect(found.repeated).toMatchObject([{ set: "training", count: 2 }]);
  });

  it("agrees where what is not known is the same", () => {
    const rows = (values: number[][]): KnownSet => ({
      ...set(
        "training",
        values.map(() => "a"),
        values.map(() => 0),
      ),
      targets: numberTargets(values),
    });
    expect(
      duplicatesIn([
        rows([
          [1, NaN],
          [1, NaN],
        ]),
      ]).contradicting.count,
    ).toBe(0);
    expect(
      duplicatesIn([
        rows([
          [1, NaN],
          [0, NaN],
        ]),
      ]).contradicting.count,
    ).toBe(1);
  });
});

test("groups that are in several sets are found, those that nobody knows are not", () => {
  const grouped = (name: SetName, groups: (string | undefined)[]): KnownSet => ({
    set: name,
    targets: classTargets(groups.map(() => 0)),
    keys: groups.map((_, i) => `${name} ${i}`),
    names: groups.map((_, i) => `${i}`),
    groups,
  });
  const overlaps = groupOverlaps([
    grouped("training", ["p", "q", "q", undefined]),
    grouped("validation", ["r", undefined]),
    grouped("test", ["q", "p", "q", "s"]),
  ]);
  expect(overlaps).toEqual([{ set: "test", earlier: "training", groups: 2, samples: 3, examples: ["q", "p"] }]);
});
