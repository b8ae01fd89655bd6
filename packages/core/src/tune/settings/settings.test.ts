import { describe, expect, it } from "vitest";
import { entriesOf, groups, identityOf, parsed, plainValues, SettingError, settingTable, settle } from "./index.js";
import type { Settings } from "./index.js";
import { weightsInOrder } from "./class-weights.js";

describe("the table of settings", () => {
  it.each(entriesOf(settingTable))("%s has words, a group, and a default of its kind", (name, entry) => {
    expect(entry.says).toMatch(/^\S.*[^.\s]$/);
    expect(entry.says).not.toContain("--");
    expect(groups).toContain(entry.group);
    expect(entry.kind.wants).not.toBe("");
    if ("default" in entry) {
      expect(entry.kind.check(entry.default)).toEqual({ value: entry.default });
      expect(entry.kind.parse(entry.kind.text(entry.default))).toEqual({ value: entry.default });
    } else expect(entry).toHaveProperty("otherwise", expect.stringMatching(/\S/));
    expect(name).toMatch(/^[a-z][A-Za-z]*$/);
  });
});

/** Each setting as a text, and the same as a program has it. */
const written: Record<keyof Settings, [text: string, value: unknown]> = {
  valFraction: ["0.3", 0.3],
  task: ["regression", "regression"],
  metric: ["roc-auc", "roc-auc"],
  huber: ["1.5", 1.5],
  features: ["pool", "pool"],
  pooling: ["cls", "cls"],
  reinitBlocks: ["1", 1],
  reinitDecoder: ["false", false],
  head: ["mlp", "mlp"],
  headInit: ["zeros", "zeros"],
  headWidth: ["32", 32],
  headDepth: ["2", 2],
  headActivation: ["gelu", "gelu"],
  headDropout: ["0.1", 0.1],
  taus: ["converged:0,converged,0.5, 0,0.5", ["converged:0", "converged", 0.5, 0, 0.5]],
  energy: ["0.8,0.5", [0.8, 0.5]],
  energyBy: ["l2", "l2"],
  probeEpochs: ["32", 32],
  probeLr: ["1e-2", 0.01],
  probeLoss: ["mse", "mse"],
  probeOptimizer: ["adamw", "adamw"],
  smoothing: ["0.1", 0.1],
  method: ["side", "side"],
  spAlpha: ["0.2", 0.2],
  spBeta: ["0", 0],
  loraRank: ["4", 4],
  loraAlpha: ["16", 16],
  loraTargets: ["query,value", ["query", "value"]],
  unfreezeEpochs: ["3", 3],
  freezeUntil: ["3", 3],
  batchnorm: ["train", "train"],
  epochs: ["3", 3],
  lr: ["auto", "auto"],
  headLr: ["1", 1],
  layerDecay: ["0.9", 0.9],
  optimizer: ["adamw", "adamw"],
  weightDecay: ["0.1", 0.1],
  clipNorm: ["2", 2],
  precision: ["fp16", "fp16"],
  classWeights: ['{"b":2,"a":1}', { a: 1, b: 2 }],
  patience: ["2", 2],
  schedule: ["linear", "linear"],
  warmup: ["20", 20],
  starts: ["3", 3],
  blends: ["false", false],
  forecast: ["true", true],
  batch: ["8", 8],
  momentum: ["0.5", 0.5],
  seed: ["7", 7],
  export: ["fp16,int8", ["fp16", "int8"]],
};

it.each(Object.entries(written))("%s is the same from a text and from a program", (name, [text, value]) => {
  const { kind } = new Map(entriesOf(settingTable)).get(name)!;
  const reading = kind.parse(text);
  expect(reading).toHaveProperty("value");
  expect(kind.check(value)).toEqual(reading);
  if ("value" in reading) expect(kind.parse(kind.text(reading.value))).toEqual(reading);
});

describe("settled settings", () => {
  it("have a value for all that is not left open", () => {
    const settings = settle();
    const open = entriesOf(settingTable).filter(([name]) => settings[name as keyof Settings] === undefined);
    expect(open.map(([name]) => name)).toEqual([
      "metric",
      "huber",
      "features",
      "pooling",
      "headInit",
      "headWidth",
      "energy",
      "energyBy",
      "spAlpha",
      "spBeta",
      "loraRank",
      "loraAlpha",
      "loraTargets",
      "unfreezeEpochs",
      "freezeUntil",
      "headLr",
      "classWeights",
      "patience",
    ]);
  });

  it.each<Partial<Settings>>([
    {},
    { method: "ft" },
    { method: "lp" },
    { method: "l2-sp", optimizer: "adamw" },
    { taus: [4, 0, "converged"] },
    { lr: 1e-3, optimizer: "adamw" },
    { head: "mlp", headWidth: 8 },
    { task: "regression", huber: 1 },
    { energy: [0.3, 0.8], taus: [4] },
  ])("of %j stay as they are when they are settled again", (given) => {
    expect(settle(settle(given))).toEqual(settle(given));
  });

  it("nobody asked for what is usual for samples", () => {
    const usual = { optimizer: "adamw", epochs: 4 } as const;
    expect(settle({ method: "lp" }, usual)).toMatchObject({ method: "lp", optimizer: "adamw", epochs: 4 });
    expect(settle({ epochs: 5 }, usual)).toMatchObject({ optimizer: "adamw", epochs: 5, schedule: "cosine" });
    expect(settle({ method: "lp", momentum: 0.5, probeLr: 1, batch: 8 }, usual)).toMatchObject({ momentum: 0.5 });
  });

  it.each<[Partial<Record<keyof Settings, unknown>>, string]>([
    [{ epochs: "ten" }, "epochs wants a whole number of at least 1, not 'ten'"],
    [{ epochs: 0 }, "epochs wants a whole number of at least 1, not 0"],
    [{ epochs: [3] }, "epochs wants a whole number of at least 1, not [3]"],
    [{ taus: [0, -1] }, "taus wants auto or a list of numbers from 0, 'converged' and 'converged:0', not [0,-1]"],
    [{ taus: [] }, "taus wants auto or a list"],
    [{ freezeUntil: 1.5 }, "freezeUntil wants the name of a value, or a number of blocks, not 1.5"],
    [{ blends: 1 }, "blends wants true or false, not 1"],
    [{ classWeights: { cat: 0 } }, "classWeights wants balanced, or an object with a number above 0 for each class"],
    [{ taus: [0, 8], probeEpochs: 4 }, "taus asks for tau 8, but probeEpochs is 4; raise probeEpochs or leave it out"],
    [{ method: "ft", taus: [4] }, "method ft means taus 0, not 4; leave taus out, or use method hp-ft"],
    [{ energy: [0] }, "energy wants a list of numbers above 0, not [0]"],
    [{ energyBy: "l2" }, "energyBy is for energy; give energies, or leave energyBy out"],
    [{ optimizer: "adamw", probeOptimizer: "adamw", momentum: 0.5 }, "momentum is for sgd, and optimizer and"],
    [{ energy: [0.5], taus: [4, 8] }, "energy turns one head, and taus names 2; give one of them, or leave taus out"],
    [{ energy: [0.5], method: "lp-ft" }, "would change; use method hp-ft with taus converged, or leave energy out"],
    [{ energy: [0.5], method: "ft" }, "method ft is made by its head, which energy would change; use method hp-ft, or"],
    [{ energy: [0.5], task: "regression" }, "task regression has no temperature to turn: scaled outputs are other"],
    [{ energy: [0.5], energyBy: "l2", head: "mlp" }, "needs a head with one optimum, so neither head mlp nor"],
    [{ energy: [0.5], energyBy: "smoothing", smoothing: 0.1 }, "so smoothing 0.1 would do nothing; leave it out"],
    [{ method: "lp", headLr: 1, patience: 1 }, "so headLr and patience would do nothing; leave them out"],
    // Asked for is asked for, be it as it is anyway.
    [{ method: "lp", epochs: 10 }, "method lp trains nothing after probing, so epochs would do nothing; leave it out"],
    [{ method: "lp", lr: "auto" }, "so lr would do nothing; leave it out"],
    [
      { method: "lp", optimizer: "adamw", schedule: "cosine", warmup: 5, weightDecay: 0.1 },
      "so schedule, warmup, optimizer and weightDecay would do nothing; leave them out",
    ],
    [
      { method: "lp", probeOptimizer: "adamw", momentum: 0.5 },
      "all that method lp trains is the head, by probeOptimizer",
    ],
    [{ method: "side", reinitBlocks: 1 }, "method side trains beside the backbone's own weights, so reinitBlocks has"],
    [{ spAlpha: 1 }, "spAlpha is for method l2-sp; add it, or leave spAlpha out"],
    [{ loraRank: 2 }, "loraRank is for method lora; add it, or leave loraRank out"],
    [{ method: "lora", reinitBlocks: 1 }, "method lora trains beside the backbone's own weights, so reinitBlocks has"],
    [{ reinitDecoder: true }, "reinitDecoder is for task segmentation, whose networks have one; leave it out"],
    [
      { task: "segmentation", reinitDecoder: true, reinitBlocks: 1 },
      "reinitDecoder and reinitBlocks both say what starts",
    ],
    [
      { task: "segmentation", reinitDecoder: true, method: "lora" },
      "so reinitDecoder has none to start afresh; leave it out",
    ],
    [
      { task: "segmentation", head: "mlp", headDropout: 0.5 },
      "task segmentation has no use for headDropout; leave it out",
    ],
    [{ method: "l2-sp", unfreezeEpochs: 1 }, "unfreezeEpochs is for method gradual; add it, or leave"],
    [{ method: "gradual", epochs: 2, unfreezeEpochs: 3 }, "the lowest blocks would never be trained; give 2 or fewer"],
    [{ method: "gradual", batchnorm: "train" }, "batchnorm train would move their statistics before; leave it out"],
    [{ method: "gradual", forecast: true }, "in which method gradual trains the last block alone; leave it out"],
    [{ method: "lp", forecast: true }, "method lp trains nothing after probing, so forecast would do nothing; leave"],
    [{ headWidth: 8 }, "headWidth, headDepth, headActivation and headDropout are for head mlp"],
    [{ metric: "f1" }, "metric wants accuracy or roc-auc, not 'f1'"],
    [{ metric: "roc-auc", task: "regression" }, "metric roc-auc is for task classification: numbers are scored by R²"],
    [{ metric: "accuracy", task: "multi-label" }, "labels are scored by their mean ROC-AUC; leave it out"],
    [{ huber: 1 }, "huber is for task regression; add it, or leave huber out"],
    [{ task: "regression", smoothing: 0.1 }, "task regression has no use for smoothing; leave it out"],
    [{ task: "multi-label", probeLoss: "mse" }, "task multi-label has no use for probeLoss; leave it out"],
    [{ epoch: 3 } as object, "there is no setting 'epoch'; leave it out"],
  ])("refuse %j in one line, with the setting's name", (given, message) => {
    const refused = (() => {
      try {
        settle(given as Partial<Settings>);
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(refused).toBeInstanceOf(SettingError);
    const { setting, message: said } = refused as SettingError;
    expect(said).toContain(message);
    expect(said).not.toMatch(/\n|--/);
    expect(Object.keys(given)).toContain(setting);
  });
});

describe("identity", () => {
  it.each(Object.entries(written))("differs where %s does", (name, [, value]) => {
    const base = settle();
    const entry = new Map(entriesOf(settingTable)).get(name)!;
    const other = value === base[name as keyof Settings] ? 0.125 : value;
    const changed = identityOf(settingTable, { ...base, [name]: other } as Settings);
    const differing = Object.keys(changed).filter((key) => changed[key] !== identityOf(settingTable, base)[key]);
    // Copies are made anew of a run that is finished.
    expect(entry.decides === false).toBe(name === "export");
    expect(differing).toEqual(entry.decides === false ? [] : [name]);
  });

  it("knows settings by whatever names are wanted, flags only where they are not as usual", () => {
    const named = (name: string): string => name.toUpperCase();
    const identity = identityOf(settingTable, settle({ taus: [4, 0], blends: false }), named);
    expect(identity).toMatchObject({ TAUS: "0,4", BLENDS: "true", FORECAST: null, PATIENCE: null, BATCH: "64" });
  });

  it("is not what a report shows", () => {
    expect(plainValues(settingTable, settle({ taus: [4, 0] }))).toMatchObject({
      taus: "0,4",
      starts: 1,
      patience: null,
      batch: 64,
    });
  });
});

describe("class weights", () => {
  it("come in the order of the names", () => {
    expect(weightsInOrder({ b: 2, a: 1, c: 0.5 }, ["a", "b", "c"])).toEqual([1, 2, 0.5]);
    expect(weightsInOrder("balanced", ["a"])).toBe("balanced");
  });

  it.each([
    [{ a: 1 }, "classWeights has no weight for class 'b'; give each class a weight"],
    [{ a: 1, b: 1, z: 1 }, "classWeights has a weight for 'z', which is no class"],
  ])("%j are refused", (weights, message) => {
    expect(() => weightsInOrder(weights, ["a", "b"])).toThrow(message);
  });
});

it("reads what a form gives", () => {
  expect(parsed(settingTable, { epochs: "3", blends: false, lr: undefined })).toEqual({ epochs: 3, blends: false });
});
