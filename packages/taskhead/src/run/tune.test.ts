import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { drawStripes, labels, stagedBackboneFile, tinyBackboneFile } from "../../test/stripes.js";
import { tuneOptions } from "../../test/tune-options.js";
import type { Context } from "../commands/context.js";
import { evaluateCommand } from "../commands/evaluate.js";
import { predictCommand } from "../commands/predict.js";
import type { PredictOptions } from "../commands/tables.js";
import type { TuneOptions } from "../options/options.js";
import { UserError } from "../files/errors.js";
import type { Evaluation } from "../report/evaluation/index.js";
import type { TuneResults } from "../report/index.js";
import { evaluationText } from "../terminal/evaluation.js";
import { silent } from "../terminal/progress.js";
import { InterruptedError } from "./interrupted.js";
import { openServed } from "../images/serving/served.js";
import { tuneFolder } from "./tune.js";

const perClass = 12;
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-tune-"));
  await drawStripes(join(root, "data"), perClass);
  await tinyBackboneFile(join(root, "tiny.onnx"));
  await stagedBackboneFile(join(root, "staged.onnx"));
  return () => rm(root, { recursive: true, force: true });
});

const optionsFor = (out: string, given: Record<string, unknown> = {}): TuneOptions =>
  tuneOptions(root, out, {
    valFraction: "0.25",
    taus: "0,2,4",
    epochs: "2",
    optimizer: "sgd",
    weightDecay: "0",
    ...given,
  });

const run = (options: TuneOptions, signal?: AbortSignal): Promise<TuneResults> =>
  tuneFolder(options, { signal, commandLine: "taskhead tune" });

/** What a command works with, what it printed, and what it said besides. */
function listening(): [context: Context, printed: string[], said: string[]] {
  const [printed, said]: [string[], string[]] = [[], []];
  const progress = { ...silent, say: (line: string) => void said.push(line) };
  const print = (text: string): void => void printed.push(text);
  return [{ print, progress, signal: new AbortController().signal, commandLine: "" }, printed, said];
}

/** All that may differ between equal runs taken away. */
function timeless(results: TuneResults): unknown {
  return {
    ...results,
    seal: undefined,
    createdAt: "",
    options: { ...results.options, out: "" },
    rows: results.rows.map((row) => ({ ...row, seconds: 0 })),
  };
}

describe("a tuning run", () => {
  it("exports a model that scores as reported", async () => {
    const options = optionsFor("whole", { test: join(root, "data") });
    const results = await run(options);
    expect(results.rows.map((row) => row.tau)).toEqual([0, 2, 4]);
    expect(results.rows.every((row) => row.epochs.length === 2 && !row.diverged)).toBe(true);
    expect(results.best!.validationScore).toBeCloseTo(
      Math.max(...results.rows.filter((row) => !row.collapsed).map((row) => row.bestValidationScore!)),
      12,
    );

    // The same count over all images, the file alone in a plain runtime.
    const served = await openServed(await readFile(join(options.out, "model", "onnx", "model.onnx")), { threads: 1 });
    let right = 0;
    for (const [c, label] of labels.entries())
      for (let i = 0; i < perClass; i++) {
        const logits = await served.logits(join(root, "data", label, `${i}.png`));
        if (logits.indexOf(Math.max(...logits)) === c) right++;
      }
    await served.release();
    expect(results.best!.testScore).toBeCloseTo(right / (labels.length * perClass), 12);
    expect((await readdir(options.out)).sort()).toEqual(
      [
        "blends.json",
        "labels-to-check.csv",
        "labels-to-check.json",
        "model",
        "pictures.json",
        "probe.json",
        "probe.safetensors",
        "probed.json",
        "report.html",
        "results.json",
        "run.json",
        "samples.json",
        "tau-0",
        "tau-2",
        "tau-4",
      ].sort(),
    );
  });

  it("answers a folder past a file that cannot be read, and says at the end that there was one", async () => {
    const folder = join(root, "mixed");
    await cp(join(root, "data", "rows"), folder, { recursive: true });
    await writeFile(join(folder, "cut.png"), "no picture");
    const ask = async (options: Partial<PredictOptions>): Promise<[printed: string, said: string[], wrong: string]> => {
      const [context, printed, said] = listening();
      const all: PredictOptions = { csv: false, json: false, verbose: false, ...options };
      const wrong: unknown = await predictCommand(join(root, "whole"), [folder], all, context).catch((e: unknown) => e);
      expect(wrong).toBeInstanceOf(UserError);
      return [printed.join("\n"), said, (wrong as UserError).message];
    };
    const [json, said, wrong] = await ask({ json: true });
    const { predictions, unreadable } = JSON.parse(json) as {
      predictions: { classes: { label: string; probability: number }[] }[];
      unreadable: { image: string }[];
    };
    expect(predictions).toHaveLength(perClass);
    expect(unreadable.map(({ image }) => image)).toEqual([join(folder, "cut.png")]);
    expect(predictions[0]!.classes.reduce((sum, c) => sum + c.probability, 0)).toBeCloseTo(1, 5);
    expect(said).toEqual([expect.stringContaining(`warning: ${join(folder, "cut.png")}: `)]);
    expect(wrong).toContain(`1 of ${perClass + 1} could not be answered: ${join(folder, "cut.png")}`);
    const [csv] = await ask({ csv: true, top: 1 });
    const [head, first, ...others] = csv.split("\n");
    expect(head).toBe("image,class_1,probability_1");
    expect(first!.split(",").slice(1)).toEqual([
      predictions[0]!.classes[0]!.label,
      String(predictions[0]!.classes[0]!.probability),
    ]);
    expect(others).toHaveLength(perClass - 1);
  });

  it("scores a labelled folder as the tuning scored it, with pictures of what is wrong", async () => {
    const [context, printed] = listening();
    const out = join(root, "evaluate.html");
    await evaluateCommand(join(root, "whole"), join(root, "data"), { out, json: true, verbose: false }, context);
    const found = JSON.parse(printed.join("")) as Evaluation & { page: string };
    const { best } = JSON.parse(await readFile(join(root, "whole", "results.json"), "utf8")) as TuneResults;
    expect(found.score).toBe(best!.testScore);
    expect(found.interval!.low).toBeLessThanOrEqual(found.score);
    expect(found.interval!.high).toBeGreaterThanOrEqual(found.score);
    const all = labels.length * perClass;
    expect(found.data).toMatchObject({ count: all, skipped: 0, unknown: [] });
    expect(found.confusion!.flat().reduce((sum, n) => sum + n, 0)).toBe(all);
    expect(found.hardest.length).toBe(Math.min(24, Math.round(all * (1 - found.score))));
    expect(found.page).toBe(out);
    const page = await readFile(out, "utf8");
    expect(page).toContain(`of ${all}\u00a0images right`);
    const pictures = page.match(/<img src="data:image/g)?.length ?? 0;
    expect(pictures).toBeLessThanOrEqual(found.hardest.length);
    expect(pictures > 0).toBe(found.score < 1);
    expect(evaluationText(found, 80)).toMatch(/^class +images +right.*\n.*\n.*$/m);
  });

  it("gives the same result twice", async () => {
    const again = await run(optionsFor("again", { test: join(root, "data") }));
    const first = JSON.parse(await readFile(join(root, "whole", "results.json"), "utf8")) as TuneResults;
    expect(timeless(again)).toEqual(timeless(first));
  });

  it("resumes, wherever it was stopped, to the result of an undisturbed run", async () => {
    const undisturbed = JSON.parse(await readFile(join(root, "whole", "results.json"), "utf8")) as TuneResults;
    const options = optionsFor("stopped", { test: join(root, "data") });
    let results: TuneResults | undefined;
    for (let attempt = 1; !results && attempt < 200; attempt++) {
      // Each attempt gets a little further: the check is counted, not timed, so that the test is the same everywhere.
      results = await run(options, abortsAfter(6 * attempt)).catch((error: unknown) => {
        if (!(error instanceof InterruptedError)) throw error;
        return undefined;
      });
    }
    expect(timeless(results!)).toEqual(timeless(undisturbed));
  });

  it("continues from a copy of a killed run's folder", async () => {
    await cp(join(root, "whole"), join(root, "killed"), { recursive: true });
    await rm(join(root, "killed", "results.json"));
    await rm(join(root, "killed", "tau-4"), { recursive: true });
    const undisturbed = JSON.parse(await readFile(join(root, "whole", "results.json"), "utf8")) as TuneResults;
    expect(timeless(await run(optionsFor("killed", { test: join(root, "data") })))).toEqual(timeless(undisturbed));
  });

  it("refuses a folder of another configuration, naming the option", async () => {
    await expect(run(optionsFor("whole", { test: join(root, "data"), lr: "0.02" }))).rejects.toThrow(
      /--lr is 0\.01 there and 0\.02 here/,
    );
    await expect(run(optionsFor("whole", { test: join(root, "data"), threads: "2" }))).rejects.toThrow(UserError);
  });

  it("says what to do when every run diverges, and keeps what was done", async () => {
    await expect(run(optionsFor("diverged", { lr: "1e30" }))).rejects.toThrow(
      /training diverged in epoch \d+ at tau 0: try a lower --lr \(now 1e\+30\)/,
    );
    expect(await readdir(join(root, "diverged"))).toContain("probe.json");
  });
});

describe("every kind of probing", () => {
  const kinds: [name: string, given: Record<string, unknown>][] = [
    ["a perceptron", { head: "mlp", headWidth: "12", headDepth: "2", headActivation: "tanh", headDropout: "0.2" }],
    ["a reinitialised block", { reinitBlocks: "1" }],
    ["squared error and smoothing", { probeLoss: "mse", smoothing: "0.1" }],
  ];

  it.each(kinds)("%s runs from fractions of an epoch to convergence, exports and resumes", async (name, given) => {
    const folder = name.replaceAll(" ", "-");
    const options = (out: string): TuneOptions =>
      optionsFor(out, { backbone: join(root, "staged.onnx"), taus: "0,0.5,3,converged", epochs: "1", ...given });
    const results = await run(options(folder));
    expect(results.rows.map((row) => row.tau)).toEqual([0, 0.5, 3, "converged"]);
    expect(results.probing.at(-1)).toMatchObject({ tau: "converged", convergence: { reason: expect.any(String) } });
    expect(results.probing.at(-1)!.energy).toBeLessThan(results.probing[0]!.energy!);
    // The first is measured with the exported file, the second with the weights.
    expect(results.best!.validationScore).toBe(measuredInTraining(results));

    await cp(join(root, folder), join(root, `${folder}-killed`), { recursive: true });
    await rm(join(root, `${folder}-killed`, "results.json"));
    await rm(join(root, `${folder}-killed`, "tau-converged"), { recursive: true });
    expect(timeless(await run(options(`${folder}-killed`)))).toEqual(timeless(results));
  });

  it("compares fine-tuned features with those that the probed block reads, the same for every tau", async () => {
    const given = { backbone: join(root, "staged.onnx"), taus: "0,3", epochs: "1", lr: "1e-12", reinitBlocks: "1" };
    const { rows, probing, backbone, featureNorm, options } = await run(optionsFor("still", given));
    expect(backbone.found).toMatch(/below the last block, which starts afresh as a part of the head/);
    expect(options).toMatchObject({ headInit: "torch", headInitFrom: expect.stringContaining("nn.Linear") });
    for (const row of rows) {
      const point = probing.find((p) => p.tau === row.tau)!;
      expect(row.euclidean).toBeLessThan(1e-3);
      expect(point.featureNorm).toBe(featureNorm);
      expect(row.norm).toBeCloseTo(featureNorm, 3);
      expect(row.validationScore).toBe(row.probeValidationScore);
    }
    expect(rows[0]!.norm).toBeCloseTo(rows[1]!.norm!, 3);
    // What the block reads on disk, beyond memory: the same heads, and the same movement.
    const small = await run(optionsFor("small", { ...given, memory: "0.01" }));
    expect(small.probing).toEqual(probing);
    expect(small.rows.map(({ euclidean, norm }) => [euclidean, norm])).toEqual(rows.map(({ euclidean, norm }) => [euclidean, norm])); // prettier-ignore
  });

  it("refuses what does not fit", async () => {
    const given = { backbone: join(root, "staged.onnx"), reinitBlocks: "2" };
    await expect(run(optionsFor("all-blocks", given))).rejects.toThrow(/the backbone has 2.*--reinit-blocks 1$/);
    const mlp = { ...given, reinitBlocks: "0", head: "mlp", taus: "0", epochs: "1" };
    await run(optionsFor("headed", mlp));
    await expect(run(optionsFor("headed", { ...mlp, headDepth: "3" }))).rejects.toThrow(
      /--head-depth is 1 there and 3 here/,
    );
    await expect(run(optionsFor("headed", { ...mlp, headInit: "zeros" }))).rejects.toThrow(
      /--head-init is not set there and zeros here/,
    );
  });
});

describe("every method", () => {
  const staged = (out: string, given: Record<string, unknown>): TuneOptions => {
    const options = { backbone: join(root, "staged.onnx"), taus: "2", epochs: "2", ...given };
    return optionsFor(out, options);
  };
  /** The exported file scores as training measured, and a run without its last part goes on to the same result. */
  async function checked(out: string, given: Record<string, unknown>): Promise<TuneResults> {
    const results = await run(staged(out, given));
    const winner = results.rows.find((row) => row.tau === results.best!.tau)!;
    expect(results.best!.validationScore).toBe(measuredInTraining(results));
    await cp(join(root, out), join(root, `${out}-killed`), { recursive: true });
    await rm(join(root, `${out}-killed`, `tau-${winner.tau}`), { recursive: true });
    expect(timeless(await run(staged(`${out}-killed`, given)))).toEqual(timeless(results));
    return results;
  }

  /** Of fine-tuning, where there is none. */
  const unasked = { epochs: undefined, lr: undefined, optimizer: undefined, weightDecay: undefined };

  it("ft and lp-ft set their tau", async () => {
    const direct = await run(staged("ft", { method: "ft", taus: "auto" }));
    expect(direct).toMatchObject({ method: "ft", rows: [{ tau: 0, epochs: [{}, {}] }] });
    const after = await run(staged("lp-ft", { method: "lp-ft", taus: "auto" }));
    expect(after).toMatchObject({ method: "lp-ft", rows: [{ tau: "converged", epochs: [{}, {}] }] });
    expect(() => staged("no", { method: "ft", taus: "1,2" })).toThrow(/--method ft means --taus 0, not 1,2/);
  });

  it("lp trains nothing after probing, and exports the probed head", async () => {
    const { rows, probing, best } = await checked("lp", { method: "lp", taus: "auto", ...unasked });
    const [row] = rows;
    expect(row).toMatchObject({ tau: "converged", epochs: [], bestEpoch: 0, euclidean: 0, coherence: 0 });
    expect(row!.cosine).toBeCloseTo(1, 6);
    expect(best!.validationScore).toBe(probing.at(-1)!.validationScore);
    for (const [flag, given] of [
      ["--head-lr", { headLr: "0.1" }],
      ["--epochs and --lr", { epochs: "2", lr: "auto" }],
      ["--augment", { augment: "flip" }],
    ] as const)
      expect(() => staged("no", { method: "lp", taus: "auto", ...unasked, ...given })).toThrow(
        `trains nothing after probing, so ${flag} would do nothing; leave `,
      );
  });

  it("lp needs no rate, and is as good elsewhere as probing was", async () => {
    const { rows } = await run(staged("lp-ood", { method: "lp", taus: "auto", ...unasked, ood: [join(root, "data")] }));
    expect(rows[0]!.learningRate).toBeNull();
    expect(rows[0]!.ood[0]!.probing).toBeGreaterThan(0);
    expect(rows[0]!.ood[0]!.finetuned).toBe(rows[0]!.ood[0]!.probing);
  });

  it("side-tuning learns a blend with the base, or with another network, that is computed once", async () => {
    const own = await checked("side", { method: "side" });
    expect(own.rows[0]!.alpha).toBeGreaterThan(0);
    expect(own.rows[0]!.alpha).toBeLessThan(1);
    expect(own.rows[0]!.frozen).toMatchObject({ cached: true });
    const other = await checked("side-tiny", { method: "side", side: join(root, "tiny.onnx") });
    expect(other.backbone.parameters).toBe(8 * 27 + 8 + 1);
    expect(other.rows[0]!.euclidean).toBeGreaterThan(0);
    expect(() => staged("no", { side: "a.onnx" })).toThrow(/--side is for --method side/);
  });

  it("a frozen first block is computed once and stays as it was", async () => {
    const { rows, backbone } = await checked("freeze", { freezeUntil: "1" });
    expect(backbone.parameters).toBe(8 * 6 * 9 + 2 * 8);
    expect(rows[0]!.frozen).toMatchObject({ bytes: 36 * 4 * 6 * 64, cached: true });
    expect(rows[0]!.euclidean).toBeGreaterThan(0);
    await expect(run(staged("freeze-all", { freezeUntil: "9" }))).rejects.toThrow(/the backbone has 2 blocks/);
  });

  it("trained BatchNorms move the features even at rate 0, and are exported as they ended", async () => {
    const { rows, batchNormShift, blends } = await checked("norms", { batchnorm: "train", lr: "1e-12" });
    // The mean of two networks' statistics is not what the mean of their weights sees.
    expect(blends).toBeNull();
    expect(batchNormShift!.euclidean).toBeGreaterThan(0.01);
    // Nothing else moved them in this run; a second epoch moves them further the same way.
    expect(rows[0]!.epochs[0]!.adaptation!.euclidean).toBeCloseTo(batchNormShift!.euclidean, 5);
    await expect(run(staged("no-norms", { batchnorm: "train", backbone: join(root, "tiny.onnx") }))).rejects.toThrow(
      /no BatchNorm is among what is trained/,
    );
  });

  const everything = {
    lr: "auto",
    layerDecay: "0.5",
    schedule: "cosine",
    augment: "flip,shift",
    classWeights: "balanced",
    clipNorm: "1",
  };

  it("works with every training option: a part frozen, BatchNorm trained, images augmented, the rate searched", async () => {
    const given = { ...everything, freezeUntil: "1", batchnorm: "train", headLr: "0.05", ood: [join(root, "data")] };
    const { rows, batchNormShift } = await checked("everything", given);
    expect(rows[0]!.frozen).toMatchObject({ bytes: 36 * 4 * 6 * 64, cached: false });
    expect(rows[0]!.learningRate).toBeGreaterThan(0);
    expect(rows[0]!.euclidean).toBeGreaterThan(0);
    expect(batchNormShift!.euclidean).toBeGreaterThan(0);
    expect(rows[0]!.ood[0]!.finetuned).toBeGreaterThan(0);
  });

  it("searches the rate of a side network too, with what the base computes kept", async () => {
    const { rows } = await checked("side-everything", { ...everything, method: "side", augment: "" });
    expect(rows[0]!.learningRate).toBeGreaterThan(0);
    expect(rows[0]!.frozen).toMatchObject({ cached: true });
  });

  it("layers below the head hardly move with a small decay; the head follows its own rate", async () => {
    const still = await run(staged("decay", { layerDecay: "1e-9", headLr: "0.5" }));
    expect(still.rows[0]!.euclidean).toBeLessThan(1e-4);
    expect(still.rows[0]!.epochs[0]!.headNorm).not.toBeCloseTo(still.rows[0]!.headNorm!, 2);
    const held = await run(staged("held", { headLr: "1e-9" }));
    expect(held.rows[0]!.euclidean).toBeGreaterThan(1e-3);
    expect(held.rows[0]!.epochs[1]!.headNorm).toBeCloseTo(held.rows[0]!.headNorm!, 5);
  });
});

/** A signal that counts how often it is asked, and is aborted from the n-th time on. */
function abortsAfter(checks: number): AbortSignal {
  const controller = new AbortController();
  const { signal } = controller;
  let asked = 0;
  const count = (): void => {
    if (++asked >= checks && !controller.signal.aborted) controller.abort(new InterruptedError());
  };
  return new Proxy(signal, {
    get(target, key) {
      if (key === "throwIfAborted" || key === "aborted") count();
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

/** The validation score of the weights that were exported: a run's, or an average's. */
function measuredInTraining({ best, rows, blends }: TuneResults): number {
  const winner = rows.find((row) => row.tau === best!.tau)!;
  const average = best!.blend === "soup" ? blends!.soup : best!.blend === "wise-ft" ? blends!.wiseFt : null;
  return (average?.validationScore ?? winner.bestValidationScore)!;
}
