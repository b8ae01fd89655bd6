import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readGrid } from "./grid-file.js";
import { parseRate } from "./rate.js";
import { parseSweep } from "./read-options.js";
import { distinct } from "./trial.js";

/** What commander hands over, the axes of the grid left out. */
const defaults = {
  backbone: "m.onnx",
  valFraction: "0.2",
  epochs: "10",
  batch: "64",
  probeLr: "auto",
  momentum: "0.9",
  splitSeed: "7",
  threads: "4",
  memory: "1024",
  out: "taskhead-run",
  json: false,
  verbose: false,
};

const parse = (given: Record<string, string | undefined>) =>
  parseSweep("data", { ...defaults, ...given }, given.grid === undefined ? {} : readGrid(given.grid));

function gridFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "taskhead-grid-")), "grid.yaml");
  writeFileSync(file, text);
  return file;
}

describe("a grid", () => {
  it("keeps the rate constant where a number is among the rates, and lets it fall where all are found", () => {
    expect(parse({}).groups[0]!.schedule).toBe("linear");
    expect(parse({ lr: "auto,1e-3" }).groups[0]!.schedule).toBe("constant");
    expect(parse({ lr: "auto,1e-3", schedule: "cosine" }).groups[0]!.schedule).toBe("cosine");
  });

  it("has three rates per tau and three seeds unless told otherwise", () => {
    const { groups, rates, seeds, jobs } = parse({});
    expect(groups).toHaveLength(1);
    expect(groups[0]).toMatchObject({ taus: "auto", head: "linear", smoothing: 0, seed: 7 });
    expect(rates).toEqual([{ timesAuto: 1 / 2 }, { timesAuto: 1 }, { timesAuto: 2 }]);
    expect(seeds).toEqual([0, 1, 2]);
    expect(jobs).toBe(4);
  });

  it("is known by what any of its methods and heads has, not by the first alone", () => {
    const of = (given: Record<string, string>): object => parse({ taus: "0,4", ...given }).others;
    expect(of({})).toEqual({});
    expect(of({ method: "l2-sp", spAlpha: "0.1" })).toEqual({});
    expect(of({ method: "hp-ft,l2-sp", spAlpha: "0.1" })).toMatchObject({ "--sp-alpha": "0.1" });
    expect(of({ method: "hp-ft,l2-sp", spAlpha: "0.2" })).toMatchObject({ "--sp-alpha": "0.2" });
    expect(of({ method: "ft,gradual", unfreezeEpochs: "2" })).toMatchObject({ "--unfreeze-epochs": "2" });
    expect(of({ head: "linear,mlp", headWidth: "32" })).toMatchObject({ "--head-width": "32" });
    const lora = parse({ method: "hp-ft,lora", loraRank: "4" });
    expect(lora.groups.map((group) => group.loraRank)).toEqual([undefined, 4]);
    expect(lora.others).toMatchObject({ "--lora-rank": "4" });
  });

  it("is every method with every head and smoothing, a head's options where they belong", () => {
    const { groups } = parse({
      method: "hp-ft,ft",
      head: "linear,mlp",
      smoothing: "0,0.1",
      headWidth: "32",
      taus: "0,4",
    });
    expect(groups.map((g) => [g.method, g.head, g.smoothing, g.headWidth, String(g.taus)])).toEqual([
      ["hp-ft", "linear", 0, undefined, "0,4"],
      ["hp-ft", "linear", 0.1, undefined, "0,4"],
      ["hp-ft", "mlp", 0, 32, "0,4"],
      ["hp-ft", "mlp", 0.1, 32, "0,4"],
      ["ft", "linear", 0, undefined, "0"],
      ["ft", "linear", 0.1, undefined, "0"],
      ["ft", "mlp", 0, 32, "0"],
      ["ft", "mlp", 0.1, 32, "0"],
    ]);
  });

  it("may stand in a file", () => {
    const grid = gridFile("taus: [0, 0.5, converged]\nlr: [1e-3, auto*2]\nseeds: [5]\n");
    expect(parse({ grid })).toMatchObject({
      groups: [{ taus: [0, 0.5, "converged"] }],
      rates: [{ fixed: 0.001 }, { timesAuto: 2 }],
      seeds: [5],
    });
  });

  it.each([
    ["tau: [0]", {}, /has no use for 'tau'; its axes are method, head, smoothing, taus, lr, seeds/],
    ["taus: {from: 0}", {}, /taus wants a value or a list of values/],
    ["[1, 2]", {}, /is to map axes/],
    ["taus: [0", {}, /cannot be read as YAML/],
    ["taus: [0]", { taus: "4" }, /--taus is given and stands in --grid/],
    ["lr: [fast]", {}, /--lr wants numbers above 0, or auto.*, not 'fast'/],
    ["head: [tree]", {}, /--head wants linear or mlp, not 'tree'/],
    ["seeds: [-1]", {}, /--seeds wants whole numbers from 0 separated by commas/],
    ["seeds: 5", {}, /--seeds 5 could be 5 seeds or the seed 5: give 0,1,2 for three seeds, or 5, with a comma/],
  ])("refuses %j in one line", (text, given, message) => {
    expect(() => parse({ grid: gridFile(text), ...given })).toThrow(message);
  });

  it("takes no number of seeds for a seed, nor a seed for the split's", () => {
    expect(() => parse({ seeds: "2" })).toThrow("--seeds 2 could be 2 seeds or the seed 2");
    expect(parse({ seeds: "2," }).seeds).toEqual([2]);
    expect(parse({ seeds: "2,0,2" }).seeds).toEqual([2, 0]);
    expect(() => parse({ seeds: "2,,3" })).toThrow("--seeds wants whole numbers from 0 separated by commas");
    expect(() => parse({ val: "v" })).toThrow("--split-seed is for a split, and with --val none is made");
  });

  it("takes rates as numbers and as multiples of what a range test finds", () => {
    expect(["1e-3", "auto", "auto*2", "auto/4"].map(parseRate)).toEqual([
      { fixed: 0.001 },
      { timesAuto: 1 },
      { timesAuto: 2 },
      { timesAuto: 0.25 },
    ]);
    for (const bad of ["0", "auto*", "auto/0", "auto3", "autos", ""])
      expect(() => parseRate(bad)).toThrow(/--lr wants/);
  });

  it("holds nothing twice: ft is hp-ft from tau 0, and smoothing is nothing to a random head", () => {
    const options = parse({ method: "hp-ft,ft", smoothing: "0,0.1", taus: "0,4" });
    const all = options.groups.flatMap((g, group) =>
      (g.taus as number[]).map((tau) => ({ group, tau, learningRate: 0.1 })),
    );
    expect(all).toHaveLength(6);
    expect(distinct(all, options).map((c) => [c.group, c.tau])).toEqual([
      [0, 0],
      [0, 4],
      [1, 4],
    ]);
  });

  it("holds apart methods that train the same in other ways, and keeps from each what is for another", () => {
    const options = parse({ method: "hp-ft,l2-sp,bitfit,gradual", taus: "0", spAlpha: "1", unfreezeEpochs: "2" });
    const all = options.groups.map((_, group) => ({ group, tau: 0, learningRate: 0.1 }));
    expect(distinct(all, options)).toEqual(all);
    expect(options.groups.map(({ spAlpha, unfreezeEpochs }) => [spAlpha, unfreezeEpochs])).toEqual([
      [undefined, undefined],
      [1, undefined],
      [undefined, undefined],
      [undefined, 2],
    ]);
    expect(() => parse({ method: "hp-ft,ft", spAlpha: "1" })).toThrow(
      "--sp-alpha is for --method l2-sp; add it, or leave",
    );
  });

  it("keeps from a method that trains nothing how others train, in whatever order they are named", () => {
    const training = {
      epochs: "5",
      patience: "3",
      augment: "flip",
      optimizer: "adamw",
      weightDecay: "0.1",
      lr: "0.01",
    };
    const given = { ...training, taus: "0,4", probeEpochs: "4", probeOptimizer: "adamw" };
    const forward = parse({ ...given, method: "hp-ft,lp,ft" });
    expect(forward.groups.map(({ method, epochs, patience, augment, optimizer }) => [method, epochs, patience, String(augment), optimizer])).toEqual([
      ["hp-ft", 5, 3, "flip", "adamw"],
      ["ft", 5, 3, "flip", "adamw"],
      ["lp", 10, undefined, "", "sgd"],
    ]); // prettier-ignore
    const backward = parse({ ...given, method: "lp,hp-ft,ft" });
    expect(backward.groups).toEqual(forward.groups);
    // What such a sweep is known by has nothing of what a group has no use for.
    expect(forward.others).toEqual({ "--method": "hp-ft,lp,ft", "--taus": "0,4,converged,0" });
    expect(backward.others).toEqual({ "--method": "lp,hp-ft,ft", "--taus": "converged,0,4,0" });
  });

  it("refuses what none of its methods has a use for", () => {
    const refused = (given: Record<string, string>) => () => parse({ epochs: undefined, ...given });
    expect(refused({ method: "lp" })).not.toThrow();
    expect(refused({ method: "lp", lr: "0.1" })).toThrow(
      "--method lp trains nothing after probing, so --lr would do nothing; leave it out",
    );
    expect(refused({ method: "lp", patience: "3" })).toThrow("so --patience would do nothing; leave it out");
    expect(refused({ method: "lp", augment: "flip" })).toThrow("so --augment would do nothing; leave it out");
    expect(refused({ method: "lp,ft", patience: "3", augment: "flip" })).not.toThrow();
    expect(refused({ method: "lp,ft", taus: "4" })).toThrow(
      "--method lp means --taus converged, not 4; leave --taus out",
    );
    expect(refused({ method: "lp,lp-ft", taus: "converged" })).not.toThrow();
  });
});
