import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { classTargets, type TuneResults } from "@taskhead/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reviews, scattered, writeTinyEncoder } from "../../test/tiny-encoder.js";
import { divide } from "../data/splits/divide.js";
import { markOf } from "../data/splits/earlier-sides.js";
import { optionsFrom, plainOptions } from "../options/options.js";
import { readSides } from "./read-results.js";
import { probeFolder, tune } from "./tune.js";

let root: string;
let first: TuneResults;
let second: TuneResults;
const said: string[] = [];
const at = (path: string): string => join(root, path);
const onProgress = (event: { kind: string }): void => void ("text" in event && said.push(String(event.text)));

/** What the first run was asked for, and the second takes from it. */
const given = {
  head: "mlp",
  headWidth: 8,
  headActivation: "tanh",
  epochs: 2,
  batch: 8,
  optimizer: "adamw",
  lr: 0.01,
} as const;
const places = () => ({ cache: at("cache"), threads: 1, onProgress });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-from-"));
  await writeTinyEncoder(at("encoder"), scattered);
  const known = reviews(30);
  await writeFile(at("train.csv"), known);
  const neutral = Array.from({ length: 10 }, (_, i) => `"the tree ${"in the park ".repeat(i)}is on the mat",neutral\n`);
  await writeFile(at("more.csv"), known + neutral.join(""));
  await writeFile(at("test.csv"), `${known.split("\n").slice(0, 3).join("\n")}\n"the tree is awful",neutral\n`);
  first = await tune({
    train: at("train.csv"),
    backbone: at("encoder"),
    out: at("run"),
    ...given,
    taus: [32],
    ...places(),
  });
  said.length = 0;
  second = await tune({
    train: at("more.csv"),
    test: at("test.csv"),
    from: at("run"),
    out: at("run2"),
    taus: [0, 4],
    ...places(),
  });
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("a run that goes on from another", () => {
  it("takes its model and the options that are not given", () => {
    const { head, headWidth, epochs, batch, optimizer, lr } = given;
    expect(second.options).toMatchObject({ head, headWidth, epochs, batch, optimizer, lr, from: at("run") });
    expect(second.options["backbone"]).toBe(at("run/model/onnx/model.onnx"));
    const changed = optionsFrom({ train: at("more.csv"), from: at("run"), out: at("x"), optimizer: "sgd" });
    expect(changed).toMatchObject({ optimizer: "sgd", lr: "auto", schedule: "linear", epochs });
    // Of a run that made a split, its part means nothing to one that has others to validate on.
    const validated = optionsFrom({ train: at("more.csv"), from: at("run"), out: at("x"), val: at("train.csv") });
    expect(validated).toMatchObject({ val: at("train.csv"), epochs });
  });

  it("takes no option of fine-tuning where nothing is fine-tuned", async () => {
    const from = (run: string, more: object = {}) =>
      optionsFrom({ train: at("more.csv"), from: at(run), out: at("x"), ...more });
    expect(from("run", { method: "lp" })).toMatchObject({ method: "lp", lr: "auto", batch: given.batch });
    const alone = optionsFrom({ train: at("train.csv"), backbone: at("encoder"), out: at("x"), method: "lp" });
    const options = { ...plainOptions(alone), optimizer: "adamw", probeOptimizer: "adamw", momentum: 0.5 };
    await mkdir(at("alone"));
    await writeFile(at("alone/results.json"), JSON.stringify({ options, best: {} }));
    expect(from("alone")).toMatchObject({ method: "lp", probeOptimizer: "adamw", momentum: 0.9 });
    expect(from("alone", { probeOptimizer: "sgd" })).toMatchObject({ method: "lp", momentum: 0.9 });
    expect(() => from("alone", { patience: 2 })).toThrow("so patience would do nothing; leave it out");
  });

  it("starts from its head, class by class: with the same classes it scores as that run's model does", async () => {
    expect(second.data.outputs).toEqual(["negative", "neutral", "positive"]);
    expect(said.join("\n")).toContain("of 2 of 3 outputs the head has what was learned there; new is 'neutral'");
    const same = optionsFrom({ train: at("train.csv"), from: at("run"), out: at("same"), taus: [0], ...places() });
    const { probing } = await probeFolder(same, { commandLine: "" });
    expect(first.best!.validationScore).toBeGreaterThan(0.6);
    expect(probing[0]).toMatchObject({ tau: 0, validationScore: first.best!.validationScore });
  });

  it("leaves what that run was trained on in training, and says what of it is tested", async () => {
    const sides = JSON.parse(await readFile(at("run/samples.json"), "utf8")) as Record<string, string[]>;
    const again = JSON.parse(await readFile(at("run2/samples.json"), "utf8")) as Record<string, string[]>;
    expect(again["train"]).toEqual(expect.arrayContaining(sides["train"]!));
    expect(again["validation"]).toEqual(expect.arrayContaining(sides["validation"]!));
    expect(again["train"]!.length + again["validation"]!.length).toBe(40);
    const whole = said.join("\n");
    expect(whole).toMatch(
      /\d+ of the \d+ texts that .*run was trained on are trained on again, \d that it was validated on validate again; 10 texts are new, 2 of them to validate/,
    );
    expect(whole).toMatch(/warning: .*run was trained on \d of 3 test texts, which flatters/);
  });

  it("records which run it was", async () => {
    const { configuration } = JSON.parse(await readFile(at("run2/run.json"), "utf8")) as {
      configuration: Record<string, string>;
    };
    expect(configuration["the run that it goes on from"]).toMatch(/^[0-9a-f]{16}$/);
    expect(configuration["content of --backbone"]).toBeDefined();
  });

  it("refuses in a line what it cannot go on from", async () => {
    const more = (options: object) => optionsFrom({ train: at("more.csv"), from: at("run"), out: at("x"), ...options });
    expect(() => more({ backbone: at("encoder") })).toThrow("backbone names another; leave one of them out");
    expect(() => more({ out: at("run") })).toThrow("out is the run that from goes on from, and a run keeps its own");
    expect(() => more({ folds: 3 })).toThrow("weights that have seen samples of every fold");
    expect(() => more({ from: at("encoder") })).toThrow(/is no finished run/);
    expect(() => optionsFrom({ train: at("more.csv"), out: at("x") })).toThrow(
      "backbone is missing; give the pretrained model",
    );
    const other = tune({ train: at("more.csv"), from: at("run"), out: at("x"), head: "linear", ...places() });
    await expect(other).rejects.toThrow(/its head has no 'head.weight' of that size: it is of another kind/);
    await mkdir(at("unsealed"));
    await writeFile(at("unsealed/samples.json"), '{"train": [], "validation": []}');
    await expect(readSides(at("unsealed"))).rejects.toThrow(/samples\.json: .*; run the same command again/);
  });
});

it("a group that the earlier run was trained on is trained on whole; what is new is split as always", () => {
  const keys = Array.from({ length: 20 }, (_, i) => `sample ${i}`);
  const groups = keys.map((_, i) => `group ${Math.floor(i / 2)}`);
  const earlier = { train: new Set([markOf(keys[0]!)]), validation: new Set([keys[1]!, keys[2]!].map(markOf)) };
  const targets = classTargets(keys.map((_, i) => i % 2));
  const dividing = { valFraction: 0.25, seed: 0, earlier };
  const { train, validation } = divide(targets, dividing, { keys, groups, sample: "text" });
  expect([...train, ...validation].sort((a, b) => a - b)).toEqual(keys.map((_, i) => i));
  expect(train).toEqual(expect.arrayContaining([0, 1]));
  expect(validation).toEqual(expect.arrayContaining([2, 3]));
  const all = { ...dividing, earlier: { train: new Set(keys.map(markOf)), validation: new Set<string>() } };
  expect(() => divide(targets, all, { keys, groups, sample: "text" })).toThrow(
    /^the run that --from names was trained on all of these texts, .* or give others to validate on with --val$/,
  );
  // Of sixteen new ones in eight groups a quarter.
  expect(validation).toHaveLength(2 + 4);
  const alone = divide(targets, dividing, { keys, groups: undefined, sample: "text" });
  expect(alone.train).toContain(0);
  expect(alone.validation).toEqual(expect.arrayContaining([1, 2]));
});
