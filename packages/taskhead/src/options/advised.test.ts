import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guide, type Evidence, type Tau } from "@taskhead/core";
import type { Action, RuleId } from "@taskhead/core/internals";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../files/errors.js";
import { evidenceOf } from "../results/evidence.js";
import { inWords } from "../words/guide.js";
import { subjectOf } from "../words/subject.js";
import { parseOptions, plainOptions, type TuneOptions } from "./options.js";

/** Whatever a run was asked, what the guide advises beside it is not refused. */

type Given = Readonly<Record<string, string | boolean | undefined>>;

const folder = mkdtempSync(join(tmpdir(), "taskhead-advised-"));
afterAll(() => rmSync(folder, { recursive: true }));
const masked = join(folder, "masked");
for (const name of ["images", "masks"]) mkdirSync(join(masked, name), { recursive: true });

/** A finished run with the options that others go on from. */
function earlierRun(name: string, given: Given): string {
  const path = join(folder, name);
  mkdirSync(path);
  const options = plainOptions(parsed("photos", { backbone: "m.onnx", ...given }));
  writeFileSync(join(path, "results.json"), JSON.stringify({ options, best: {} }));
  return path;
}

function parsed(train: string, given: Given): TuneOptions {
  return parseOptions(train, { out: join(folder, "none"), ...given });
}

const asked = fc.record(
  {
    method: fc.constantFrom("ft", "lp", "lp-ft", "l2-sp", "bitfit", "lora", "gradual", "side"),
    taus: fc.constantFrom("0", "4", "0,4,16", "converged"),
    starts: fc.constantFrom("3"),
    energy: fc.constantFrom("0.5", "0.8,0.5,0.3"),
    energyBy: fc.constantFrom("l2", "smoothing"),
    folds: fc.constantFrom("5"),
    task: fc.constantFrom("multi-label", "regression"),
    head: fc.constantFrom("mlp"),
    headWidth: fc.constantFrom("8"),
    reinitBlocks: fc.constantFrom("1"),
    reinitDecoder: fc.constantFrom(true),
    probeEpochs: fc.constantFrom("4", "16"),
    probeLoss: fc.constantFrom("mse"),
    smoothing: fc.constantFrom("0.1"),
    spAlpha: fc.constantFrom("0.1", "0.5"),
    loraRank: fc.constantFrom("4"),
    unfreezeEpochs: fc.constantFrom("3"),
    side: fc.constantFrom("s.onnx"),
    freezeUntil: fc.constantFrom("1"),
    batchnorm: fc.constantFrom("train"),
    lr: fc.constantFrom("0.01"),
    headLr: fc.constantFrom("0.1"),
    layerDecay: fc.constantFrom("0.9"),
    clipNorm: fc.constantFrom("none"),
    patience: fc.constantFrom("2"),
    optimizer: fc.constantFrom("adamw"),
    schedule: fc.constantFrom("cosine"),
    forecast: fc.constantFrom(true),
    augment: fc.constantFrom("flip"),
    epochs: fc.constantFrom("5"),
    test: fc.constantFrom("t"),
  },
  { requiredKeys: [] },
);

/** Each is asked for with a few others, as most of many would contradict each other. */
const few = asked.chain((all) =>
  fc.subarray(Object.entries(all), { maxLength: 4 }).map((some): Given => Object.fromEntries(some)),
);

const plain: Given = { backbone: "m.onnx" };
const runs = [
  ["photos", plain],
  ["photos", { ...plain, clipNorm: "none", taus: "0,4" }],
  [masked, plain],
  ["photos", { from: earlierRun("usual", {}) }],
  ["photos", { from: earlierRun("made-by-its-tau", { method: "ft", patience: "2", augment: "flip" }) }],
  ["photos", { from: earlierRun("low-rank", { method: "lora", loraRank: "4", batchnorm: "train" }) }],
] as const;

/** Scores of probed heads, and of runs, at up to three taus. */
const score = fc.constantFrom(0.1, 0.2, 0.5, 0.6, 0.9);
const measures = fc.record({
  probed: fc.array(score, { minLength: 3, maxLength: 3 }),
  tuned: fc.array(score, { minLength: 3, maxLength: 3 }),
  probedAlone: fc.boolean(),
  alike: fc.boolean(),
  diverges: fc.boolean(),
  bestIsLast: fc.boolean(),
});
type Measures = typeof measures extends fc.Arbitrary<infer M> ? M : never;

/** What such a run may have measured: fine-tuned from the taus that it was asked for, or from those that `auto` took. */
function evidenceFor(options: TuneOptions, found: Measures): Evidence {
  const { taus, starts, energy, method, epochs, folds, probeEpochs } = options;
  const measured = [0, 0.5, 1, 2, 4, 16].filter((tau) => tau <= probeEpochs);
  const tried: readonly Tau[] = energy
    ? energy.map((one): Tau => `energy:${one}`)
    : taus === "auto"
      ? measured.slice(-starts)
      : taus;
  const heads: readonly number[] = [0, ...measured.slice(-2)];
  const rowAt = (tau: Tau, i: number) => ({
    tau,
    energy: 0.9 - i / 5,
    headNorm: 1 + 2 * i,
    learningRate: 0.01,
    diverged: i > 0 && found.diverges,
    bestValidationScore: found.tuned[i % 3]!,
    bestEpoch: found.bestIsLast ? epochs : 1,
    euclidean: 4,
    cosine: 0.8,
  });
  const rows = method === "lp" || found.probedAlone ? [] : tried.map(rowAt);
  return evidenceOf({
    metric: { name: "accuracy", percent: true, chance: 0.1 },
    method,
    backbone: { reinitialisedBlocks: options.reinitDecoder ? 1 : options.reinitBlocks },
    data: {
      objective: options.task,
      outputs: ["a", "b", "c"],
      validation: { count: 3000 },
      test: options.test === undefined ? null : { count: 100 },
    },
    options: plainOptions(options),
    best: null,
    batchNormShift: options.batchnorm === "train" ? { euclidean: 9 } : null,
    featureNorm: 5,
    probing: heads.map((tau, i) => ({
      tau,
      energy: found.alike ? 0.9 : 0.9 - i / 5,
      headNorm: found.alike ? 4 ** i : 1,
      validationScore: found.probed[i]!,
      trainScore: found.probed[i]!,
    })),
    rows: folds === undefined ? rows : rows.slice(0, 1),
    folds: folds === undefined ? null : { rows: tried.map((tau) => ({ taus: [tau, tau] })) },
  });
}

/** The run's options with what is advised, as a person would type them. */
function followed(given: Given, action: Action): Given {
  const left = Object.fromEntries(Object.entries(given).filter(([name]) => !action.without?.includes(name)));
  const value = "value" in action ? (action.option === "seed" ? action.value[0] : action.value) : "other";
  return { ...left, [action.option]: String(value) };
}

describe("whatever a run was asked", () => {
  it("each advice's option is taken beside the run's own, without those that it names", () => {
    const reached = new Set<RuleId>();
    fc.assert(
      fc.property(fc.constantFrom(...runs), few, measures, ([train, base], some, found) => {
        const given = { ...base, ...some };
        const options = taken(train, given);
        if (!options) return;
        const evidence = evidenceFor(options, found);
        for (const { rule, action, text } of inWords(guide([evidence]).advice, subjectOf([evidence]))) {
          if (!action) continue;
          reached.add(rule);
          expect(() => parsed(train, followed(given, action)), text).not.toThrow();
          for (const name of action.without ?? [])
            expect(text).toContain(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
        }
      }),
      { numRuns: 700, seed: 7 },
    );
    expect([...reached].sort()).toEqual([
      "batchnorm-shift",
      "candidates",
      "larger-head",
      "less-energy",
      "lower-rate",
      "more-epochs",
      "more-seeds",
      "more-taus",
      "one-rate",
      "partial-backbone",
      "probe-little",
      "probe-long",
      "probing-alone",
      "probing-unfinished",
      "squared-error-floor",
      "stop-early",
      "taus-by-size",
      "test-set",
    ]);
  });
});

/** The options as the command takes them; undefined where it refuses what was drawn. */
function taken(train: string, given: Given): TuneOptions | undefined {
  try {
    return parsed(train, given);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
