import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { drawStripes, tinyBackboneFile } from "../../test/stripes.js";
import { tuneOptions } from "../../test/tune-options.js";
import type { TuneOptions } from "../options/options.js";
import type { TuneResults } from "../report/index.js";
import { tuneTable } from "../terminal/results.js";
import { InterruptedError } from "./interrupted.js";
import { tuneFolder } from "./tune.js";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-training-"));
  await drawStripes(join(root, "data"), 8);
  await drawStripes(join(root, "elsewhere"), 3);
  await tinyBackboneFile(join(root, "tiny.onnx"));
  return () => rm(root, { recursive: true, force: true });
});

const optionsFor = (out: string, given: Record<string, unknown> = {}): TuneOptions =>
  tuneOptions(root, out, { val: join(root, "data"), taus: "0,2", epochs: "3", ...given });

const run = (options: TuneOptions, signal?: AbortSignal, said: string[] = []): Promise<TuneResults> =>
  tuneFolder(options, {
    onProgress: (event) => void (event.kind === "message" && said.push(event.text)),
    signal,
    commandLine: "taskhead tune",
  });

const timeless = ({ rows, best, probing }: TuneResults) => ({
  rows: rows.map((row) => ({ ...row, seconds: 0 })),
  best,
  probing,
});

const everything = {
  lr: "auto",
  optimizer: "adamw",
  augment: "flip,shift,crop,colour",
  classWeights: "balanced",
  clipNorm: "1",
};

describe("a run with every training option", () => {
  const said: string[] = [];
  let results: TuneResults;

  beforeAll(async () => {
    const ood = [join(root, "data"), join(root, "elsewhere")];
    results = await run(optionsFor("all", { ...everything, ood }), undefined, said);
  });

  it("scores the out-of-distribution sets as it does the validation set", () => {
    expect(results.data.ood.map((set) => set.count)).toEqual([24, 9]);
    for (const row of results.rows) {
      // The first set is the validation set over again.
      expect(row.ood[0]).toMatchObject({ probing: row.probeValidationScore, finetuned: row.bestValidationScore });
      const { euclidean, cosine, dot, norm } = row.ood[0]!.adaptation!;
      expect(euclidean).toBeCloseTo(row.validationEuclidean!, 5);
      expect(cosine).toBeCloseTo(row.validationCosine!, 5);
      expect(dot).toBeCloseTo(row.validationDot!, 4);
      expect(norm).toBeCloseTo(row.validationNorm!, 5);
      expect(row.ood[1]!.finetuned! * 9).toBeCloseTo(Math.round(row.ood[1]!.finetuned! * 9), 9);
    }
    expect(tuneTable(results, Infinity)).toContain("ood elsewhere");
  });

  it("finds a rate at the middle head, says it, keeps it, and takes it for every head, as its steps are clipped", async () => {
    const middle = results.rows[Math.floor(results.rows.length / 2)]!;
    const file = join(root, "all", `tau-${middle.tau}`, "rate.json");
    const kept = JSON.parse(await readFile(file, "utf8")) as { rate: number; tests: { rate: number }[] };
    // adamw is content with one test.
    expect(kept.tests.map((test) => test.rate)).toEqual([expect.closeTo(kept.rate, 12)]);
    const text = `learning rate ${kept.rate.toPrecision(3)}, found by range tests at tau ${middle.tau}`;
    expect(said.filter((one) => one.startsWith(text))).toHaveLength(1);
    for (const { learningRate } of results.rows) expect(learningRate).toBe(kept.rate);
  });

  it("shows its options in JSON", () => {
    expect(results.options).toMatchObject({
      schedule: "cosine",
      warmup: 0.05,
      weightDecay: 0.01,
      clipNorm: 1,
      augment: "flip,shift,crop,colour",
      classWeights: "balanced",
      lr: "auto",
    });
  });

  it("resumes from wherever it was stopped to the same result", async () => {
    const ood = [join(root, "data"), join(root, "elsewhere")];
    const options = optionsFor("stopped", { ...everything, ood });
    let resumed: TuneResults | undefined;
    for (let asked = 40; !resumed; asked += 40)
      resumed = await run(options, abortsAfter(asked)).catch((error: unknown) => {
        if (!(error instanceof InterruptedError)) throw error;
        return undefined;
      });
    expect(timeless(resumed)).toEqual(timeless(results));
  });

  it.each([
    [{ augment: "flip" }, "--augment is flip,shift,crop,colour there and flip here"],
    [{ clipNorm: "2" }, "--clip-norm is 1 there and 2 here"],
    [{ schedule: "linear" }, "--schedule is cosine there and linear here"],
    [{ warmup: "0" }, "--warmup is 0.05 there and 0 here"],
    [{ weightDecay: "0" }, "--weight-decay is 0.01 there and 0 here"],
    [{ patience: "2" }, "--patience is not set there and 2 here"],
    [{ classWeights: undefined }, "--class-weights is balanced there and not set here"],
    [{ ood: [] }, "the content of --ood has changed"],
  ])("refuses its folder to %j", async (given, message) => {
    const ood = [join(root, "data"), join(root, "elsewhere")];
    await expect(run(optionsFor("all", { ...everything, ood, ...given }))).rejects.toThrow(message);
  });
});

it("one tau that diverges does not end the others", async () => {
  // Probing at a wild rate grows a head that throws the backbone out; the random head is none the worse.
  const results = await run(optionsFor("half", { taus: "0,2", probeLr: "1e6", lr: "0.05", clipNorm: "none" }));
  expect(results.rows.map((row) => row.diverged)).toEqual([false, true]);
  expect(results.best!.tau).toBe(0);
  expect(tuneTable(results)).toContain("diverged");
});

it("patience ends a run early, and the row shows how far it came", async () => {
  // At so low a rate no epoch is better than the first.
  const { rows } = await run(optionsFor("patient", { lr: "1e-12", patience: "1" }));
  expect(rows.map((row) => row.epochs.length)).toEqual([2, 2]);
  expect(rows.map((row) => row.bestEpoch)).toEqual([1, 1]);
});

/** A signal that counts how often it is asked, and is aborted from the n-th time on. */
function abortsAfter(checks: number): AbortSignal {
  const controller = new AbortController();
  let asked = 0;
  return new Proxy(controller.signal, {
    get(target, key) {
      const asks = key === "throwIfAborted" || key === "aborted";
      if (asks && ++asked >= checks && !target.aborted) controller.abort(new InterruptedError());
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}
