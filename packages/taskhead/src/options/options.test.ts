import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { augmentations } from "@taskhead/core/internals";
import { entriesOf } from "@taskhead/core/settings";
import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { flagOf, usually } from "./command-line.js";
import { optionsDocument } from "./documentation.js";
import type { TuneInput } from "./input.js";
import { identityOf, optionsFrom, parseOptions, plainOptions, type TuneOptions } from "./options.js";
import { optionGroups, optionTable, probeTable } from "./table.js";

const places = { train: "data", backbone: "m.onnx", out: "run" };

describe("labels", () => {
  const read = (train: string, given: Record<string, unknown>) => parseOptions(train, { ...places, train, ...given });
  it("are a file beside images, and columns of a table, which are several labels", () => {
    expect(read("data", { labels: "l.csv" })).toMatchObject({ labels: resolve("l.csv"), task: "classification" });
    const { labels, columns, task } = read("tox21.csv", { labels: "NR-AR, SR-p53" });
    expect([labels, columns, task]).toEqual([undefined, ["NR-AR", "SR-p53"], "multi-label"]);
    expect(read("esol.csv", { labels: "a,b", task: "regression" })).toMatchObject({ task: "regression", columns: ["a", "b"] }); // prettier-ignore
    expect(identityOf(read("t.csv", { labels: "a,b" }))).toEqual(identityOf(read("t.csv", { columns: "a,b", task: "multi-label" }))); // prettier-ignore
    expect(() => read("t.csv", { labels: "a", columns: "b" })).toThrow(/^--labels and --columns both name columns of a table; leave one/); // prettier-ignore
  });
});

describe("the table of options", () => {
  it.each(entriesOf(optionTable))("%s has words, a group, and a default of its kind", (_, entry) => {
    expect(entry.says).toMatch(/^\S.*[^.\s]$/);
    expect(optionGroups).toContain(entry.group);
    if (entry.default !== undefined) expect(entry.kind.check(entry.default)).toHaveProperty("value");
    else expect(entry.required ?? usually(entry)).toBeTruthy();
  });

  it("has the augmentations that core has", () => {
    expect(optionTable.augment.kind.check([...augmentations])).toEqual({ value: [...augmentations] });
    expect(optionTable.augment.kind.wants).toBe(`some of ${augmentations.join()}`);
  });

  it("keeps from probe what comes after it", () => {
    const names = entriesOf(probeTable).map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining(["train", "backbone", "taus", "head", "batch", "seed", "out"]));
    for (const name of ["test", "ood", "lr", "epochs", "method", "schedule", "starts", "blends"])
      expect(names).not.toContain(name);
  });

  it("is what docs/options.md shows (`npm run docs:options` writes it)", async () => {
    const document = readFileSync(new URL("../../../../docs/options.md", import.meta.url), "utf8");
    expect(document).toBe(await format(optionsDocument(), { parser: "markdown", printWidth: 120 }));
  });
});

/** Options that go together, none as it is unless given: of a program, and of a command line. */
const written = {
  test: ["t", "t"],
  ood: [
    ["a", "b,c"],
    ["a", "b,c"],
  ],
  valFraction: [0.3, "0.3"],
  labels: ["l.csv", "l.csv"],
  columns: [["x", "y"], "x,y"],
  size: [32, "32"],
  mean: [[0.5, 0, 0.25], ".5,0,0.25"],
  std: [[1, 2, 3], "1,2,3"],
  features: ["pool", "pool"],
  pooling: ["cls", "cls"],
  reinitBlocks: [1, "1"],
  head: ["mlp", "mlp"],
  headInit: ["normal", "normal"],
  headWidth: [16, "16"],
  headDepth: [2, "2"],
  headActivation: ["tanh", "tanh"],
  headDropout: [0.5, "0.5"],
  taus: [[4], "4"],
  energy: [[0.5, 0.3], "0.3,0.5"],
  energyBy: ["temperature", "temperature"],
  probeEpochs: [8, "8"],
  probeLr: [0.001, "1e-3"],
  probeLoss: ["mse", "mse"],
  probeOptimizer: ["adamw", "adamw"],
  smoothing: [0.1, "0.1"],
  freezeUntil: [2, "2"],
  batchnorm: ["train", "train"],
  epochs: [3, "3"],
  lr: [0.001, "0.001"],
  headLr: [0.01, "0.01"],
  layerDecay: [0.5, "0.5"],
  optimizer: ["adamw", "adamw"],
  weightDecay: [0.1, "0.1"],
  clipNorm: ["none", "none"],
  classWeights: ["balanced", "balanced"],
  patience: [2, "2"],
  augment: [["crop", "flip"], "flip,crop"],
  schedule: ["constant", "constant"],
  warmup: [5, "5"],
  blends: [false, false],
  forecast: [true, true],
  batch: [8, "8"],
  seed: [3, "3"],
  device: ["webgpu", "webgpu"],
  threads: [1000, "1000"],
  memory: [10, "10"],
  cache: ["cache", "cache"],
} satisfies { [N in keyof TuneInput]?: [value: TuneInput[N], text: unknown] };

const column = (index: 0 | 1) => Object.fromEntries(Object.entries(written).map(([name, pair]) => [name, pair[index]]));

describe("options", () => {
  it("are complete from three places", () => {
    const options = optionsFrom(places);
    expect(options).toMatchObject({ train: resolve("data"), backbone: resolve("m.onnx"), out: resolve("run") });
    expect(options).toEqual(parseOptions("data", { backbone: "m.onnx", out: "run" }));
    expect(parseOptions("data", { backbone: "m.onnx" }).out).toBe(resolve("taskhead-run"));
  });

  it("are the same from a program's values and from a command line", () => {
    const options = optionsFrom({ ...places, ...column(0) });
    expect(options).toEqual(parseOptions("data", { backbone: "m.onnx", out: "run", ...column(1) }));
    const usual = optionsFrom(places);
    for (const name of Object.keys(written) as (keyof TuneOptions)[])
      expect(options[name], name).not.toEqual(usual[name]);
  });

  it("leave to the caller how it is stopped and told", () => {
    const { signal } = new AbortController();
    expect(optionsFrom({ ...places, signal, onProgress() {} })).toEqual(optionsFrom(places));
  });

  it.each<[object, string]>([
    [{ epochs: "ten" }, "epochs wants a whole number of at least 1, not 'ten'"],
    [{ taus: [0, 8], probeEpochs: 4 }, "taus asks for tau 8, but probeEpochs is 4; raise probeEpochs or leave it out"],
    [{ starts: 2, taus: [4] }, "starts is for taus auto, and taus says where to start from; leave one out"],
    [{ val: "v", valFraction: 0.3 }, "valFraction is for a split, and with val none is made; leave one of them out"],
    [{ val: "v", split: "random" }, "split is for a split, and with val none is made; leave one of them out"],
    [{ folds: 3, export: ["fp16"] }, "folds leaves no sample to score copies of the model on; leave export out"],
    [
      { folds: 3, valFraction: 0.3 },
      "folds validates on one fold after the other, so valFraction would do nothing; leave",
    ],
    [{ side: "s.onnx" }, "side is for method side; add it, or leave side out"],
    [{ method: "lp", augment: ["flip"] }, "method lp trains nothing after probing, so augment would do nothing"],
    [{ export: [] }, "export wants some of fp32,fp16,int8, not []"],
    [{ std: [1, 0, 1] }, "std wants a list of three numbers above 0, not [1,0,1]"],
    [{ ood: "a" }, "ood wants a list of paths, not 'a'"],
    [
      { size: "32" },
      "size wants a number of pixels from 1 to 4096, or two such as { width: 192, height: 144 }, not '32'",
    ],
    [{ lr: "a\nb" }, "lr wants a number above 0 or auto, not 'a\\nb'"],
    [{ cache: "a\0b" }, "cache wants a path, not 'a\\u0000b'"],
    [{ backbone: undefined }, "backbone is missing; give the pretrained model, an .onnx file"],
    [{ epoch: 3 }, "there is no setting 'epoch'; leave it out"],
  ])("of a program are refused by their names: %j", (given, message) => {
    expect(() => optionsFrom({ ...places, ...given })).toThrow(message);
  });

  it("read class weights from a file", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "taskhead-")), "weights.json");
    const read = (text: string): TuneOptions["classWeights"] => {
      writeFileSync(file, text);
      return parseOptions("data", { backbone: "m.onnx", classWeights: file }).classWeights;
    };
    expect(read('{"rows": 3, "columns": 1, "dots": 2.5}')).toEqual({ rows: 3, columns: 1, dots: 2.5 });
    expect(read('\uFEFF{"rows": 3, "columns": 1}')).toEqual({ rows: 3, columns: 1 });
    expect(() => read('{"rows": 0, "columns": 1}')).toThrow(/--class-weights .*a number above 0 for each class; give/);
    expect(() => read("[1, 2, 3]")).toThrow("is not a JSON object");
    expect(() => read("rows: 3")).toThrow("is not a JSON object");
    const none = { backbone: "m.onnx", classWeights: "none.json" };
    expect(() => parseOptions("data", none)).toThrow(/--class-weights none.json cannot be read; give/);
  });
});

it("an empty text is no list of formats to export", () => {
  expect(() => parseOptions("data", { backbone: "m.onnx", export: "" })).toThrow(
    /^--export wants some of fp32,fp16,int8, not ''$/,
  );
});

describe("a run's identity", () => {
  const base = parseOptions("data", { backbone: "m.onnx", threads: "1" });
  const flag = flagOf(optionTable);
  const others: Partial<TuneOptions> = {
    ...optionsFrom({ ...places, ...column(0) }),
    val: "v",
    momentum: 0.5,
    task: "regression",
    metric: "roc-auc",
    huber: 2,
    split: "scaffold",
    group: "patient",
    folds: 3,
    reinitDecoder: true,
    spAlpha: 0.2,
    spBeta: 0,
    pooling: "cls",
    starts: 3,
    loraRank: 4,
    loraAlpha: 4,
    loraTargets: ["query"],
    unfreezeEpochs: 2,
    method: "side",
    side: "s.onnx",
    device: "webgpu",
    precision: "fp16",
    json: true,
    verbose: true,
  };

  it.each(entriesOf(optionTable))("changes with %s if that decides the result", (name, { decides }) => {
    const changed = { ...base, [name]: others[name as keyof TuneOptions] };
    const [before, after] = [identityOf(base), identityOf(changed)];
    const differing = Object.keys({ ...before, ...after }).filter((key) => before[key] !== after[key]);
    // Where validation images are given, there is no split to decide.
    const expected = name === "val" ? ["--val-fraction"] : decides === false ? [] : [flag(name)];
    expect(differing).toEqual(expected);
  });

  it("says flags as people type them", () => {
    const identity = identityOf({ ...base, blends: false, taus: [0, 4] });
    expect(identity).toMatchObject({ "--no-blends": "true", "--forecast": null, "--taus": "0,4", "--augment": null });
  });
});

it("the report shows every option as a plain value", () => {
  const plain = plainOptions(optionsFrom({ ...places, taus: [0, 4], augment: ["flip"], classWeights: { a: 1, b: 2 } }));
  expect(Object.keys(plain)).toEqual(entriesOf(optionTable).map(([name]) => name));
  expect(plain).toMatchObject({ taus: "0,4", augment: "flip", ood: null, classWeights: '{"a":1,"b":2}', batch: 64 });
});
