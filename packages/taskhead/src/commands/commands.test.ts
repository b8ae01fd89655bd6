import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { taskhead } from "../../test/command-line.js";
import type { Inspection } from "./inspection.js";
import { parseOptions } from "../options/options.js";

/** What commander hands over when nothing but the backbone is given. */
const defaults = {
  backbone: "m.onnx",
  valFraction: "0.2",
  taus: "auto",
  epochs: "10",
  batch: "64",
  probeLr: "auto",
  lr: "auto",
  optimizer: "sgd",
  momentum: "0.9",
  weightDecay: "0",
  smoothing: "0",
  seed: "0",
  memory: "1024",
  out: "taskhead-run",
  json: false,
  verbose: false,
};

describe("options", () => {
  it("probes for 64 epochs, or to the largest tau of a list", () => {
    expect(parseOptions("data", defaults).probeEpochs).toBe(64);
    expect(parseOptions("data", { ...defaults, taus: "4,0,16,4" })).toMatchObject({
      probeEpochs: 16,
      taus: [0, 4, 16],
    });
  });

  it("takes fractions of an epoch, and converged as the last", () => {
    expect(parseOptions("data", { ...defaults, taus: "converged,0.25,0,2.5" })).toMatchObject({
      probeEpochs: 3,
      taus: [0, 0.25, 2.5, "converged"],
    });
    expect(parseOptions("data", { ...defaults, taus: "converged" }).probeEpochs).toBe(1);
  });

  it("keeps a given rate constant for sgd, lets a found one fall, and along a cosine for adamw, unless told otherwise", () => {
    const parsed = (given: Record<string, string>) =>
      parseOptions("data", { ...defaults, weightDecay: undefined, ...given });
    expect(parsed({ lr: "1e-3" })).toMatchObject({ schedule: "constant", warmup: 0, weightDecay: 0 });
    expect(parsed({ lr: "auto" })).toMatchObject({ schedule: "linear", warmup: 0.05, weightDecay: 0 });
    expect(parsed({ lr: "auto", schedule: "constant" })).toMatchObject({ schedule: "constant", warmup: 0 });
    expect(parsed({ optimizer: "adamw" })).toMatchObject({ schedule: "cosine", warmup: 0.05, weightDecay: 0.01 });
    expect(parsed({ schedule: "linear", warmup: "20" })).toMatchObject({ schedule: "linear", warmup: 20 });
  });

  it("reads augmentations in any order, each once, and none by default", () => {
    expect(parseOptions("data", { ...defaults, augment: "crop,flip,crop" }).augment).toEqual(["flip", "crop"]);
    expect(parseOptions("data", defaults)).toMatchObject({ augment: [], ood: [] });
  });

  it("reads three channels", () => {
    expect(parseOptions("data", { ...defaults, mean: "0.485,.456,0.406", std: "1,2,3" })).toMatchObject({
      mean: [0.485, 0.456, 0.406],
      std: [1, 2, 3],
    });
  });

  it.each([
    [{ epochs: "ten" }, "--epochs wants a whole number of at least 1, not 'ten'"],
    [{ epochs: "0" }, "--epochs wants a whole number of at least 1, not '0'"],
    [{ batch: "1.5" }, "--batch wants a whole number of at least 1, not '1.5'"],
    [{ lr: "-1" }, "--lr wants a number above 0 or auto, not '-1'"],
    [{ lr: "" }, "--lr wants a number above 0 or auto, not ''"],
    [{ valFraction: "1" }, "--val-fraction wants a number above 0 and below 1, not '1'"],
    [{ optimizer: "adam" }, "--optimizer wants sgd or adamw, not 'adam'"],
    [{ taus: "0,x" }, "--taus wants auto or numbers from 0, 'converged' and 'converged:0'"],
    [{ taus: "-1" }, "--taus wants auto or numbers from 0, 'converged' and 'converged:0'"],
    [{ head: "tree" }, "--head wants linear or mlp, not 'tree'"],
    [{ head: "mlp", headActivation: "sin" }, "--head-activation wants relu, gelu or tanh, not 'sin'"],
    [{ head: "mlp", headDropout: "1" }, "--head-dropout wants a number of at least 0 and below 1, not '1'"],
    [{ headWidth: "8" }, "--head-width, -depth, -activation and -dropout are for --head mlp"],
    [{ probeLoss: "hinge" }, "--probe-loss wants ce or mse, not 'hinge'"],
    [{ reinitBlocks: "-1" }, "--reinit-blocks wants a whole number of at least 0, not '-1'"],
    [{ schedule: "step" }, "--schedule wants constant, linear or cosine, not 'step'"],
    [{ warmup: "-1" }, "--warmup wants a number of at least 0, not '-1'"],
    [{ clipNorm: "0" }, "--clip-norm wants a number above 0 or none, not '0'"],
    [{ augment: "flip,spin" }, "--augment wants some of flip,shift,crop,colour, not 'spin'"],
    [{ patience: "0" }, "--patience wants a whole number of at least 1, not '0'"],
    [{ std: "1,0,1" }, "--std wants three numbers above 0"],
    [{ taus: "0,8", probeEpochs: "4" }, "--taus asks for tau 8, but --probe-epochs is 4"],
  ])("refuses %j in one line", (given, message) => {
    expect(() => parseOptions("data", { ...defaults, ...given })).toThrow(message);
  });
});

describe("the command line", () => {
  it("shows its commands", async () => {
    const { code, out } = await taskhead("--help");
    expect(code).toBe(0);
    for (const command of ["tune", "probe", "inspect", "predict"]) expect(out).toContain(command);
  });

  it.each([
    [["tune", "data"], "--backbone is missing"],
    [["tune", "--backbone", "m"], "missing required argument"],
    [["tune", "data", "--backbone", "m", "--nonsense"], "unknown option"],
    [["tune", "data", "--backbone", "m", "--epochs", "x"], "--epochs wants a whole number"],
    [["frobnicate"], "unknown command 'frobnicate'; taskhead help lists them"],
    [["help", "frobnicate"], "unknown command 'frobnicate'; taskhead help lists them"],
    [["help", "tunes"], "unknown command 'tunes' (Did you mean tune?)"],
    [["inspect", "nowhere.onnx"], "there is no such file"],
    [["predict", "nowhere", "a.png"], "holds no exported model"],
    [["predict", "nowhere", ""], "predict wants paths, not ''; give <out> and <samples...>"],
    [["evaluate", "run", "v.csv", "--out", "v.csv"], "--out wants a path that ends in .html, not 'v.csv'"],
    [["report", "run", "--out", "run/results.json"], "--out wants a path that ends in .html, not 'run/results.json'"],
    [["inspect", ""], "inspect wants paths, not ''; give <model>"],
    [["sweep", "data", "--backbone", "m", "--grid", "none.yaml"], "--grid none.yaml: there is no such file"],
    [["sweep", "data", "--backbone", "m", "--folds", "3"], "--folds is for tune: a sweep compares over --seeds"],
    [["sweep", "data", "--from", "run"], "--from is for tune: it goes on from one head"],
    [["sweep", "data", "--backbone", "m", "--starts", "2"], "--starts is for tune: a sweep takes four taus"],
  ])("answers %j with one line and exit code 2", async (argv, message) => {
    const { code, out, err } = await taskhead(...argv);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(/^taskhead: [^\n]+\n$/);
    expect(err).toContain(message);
  });

  it("shows the blocks of a model, counted from the features", async () => {
    const demo = fileURLToPath(new URL("../../assets/demo-backbone.onnx", import.meta.url));
    const { out } = await taskhead("inspect", demo, "--json");
    const { blocks } = JSON.parse(out) as Inspection;
    expect(blocks.map((b) => [b.layers, b.parameters])).toEqual([
      [1, 448],
      [1, 4640],
      [1, 18496],
      [1, 55392],
    ]);
    expect(blocks.at(-1)!.shape).toEqual([64, 4, 4]);
    expect((await taskhead("inspect", demo)).out).toMatch(/--reinit-blocks.*\n.*image.*\n +3 .*\n +2 .*\n +1 /);
  });

  it("says that a text file is no model", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "taskhead-")), "notes.onnx");
    await writeFile(file, "these are notes, not a model");
    const { code, err } = await taskhead("inspect", file);
    expect(code).toBe(2);
    expect(err).toMatch(/^taskhead: \S*notes\.onnx: not an ONNX model[^\n]*\n$/);
  });
});
