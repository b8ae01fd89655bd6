import { describe, expect, test } from "vitest";
import type { Tau } from "../probe/taus.js";
import type { Evidence, RunEvidence } from "./evidence.js";
import { guide } from "./guide.js";
import { rules } from "./rules/index.js";

const images = 1000;

/** The first `right` of all images right: runs made of it are nested, so that few pairs tell them apart. */
function hits(accuracy: number): string {
  const right = Math.round(accuracy * images);
  return "1".repeat(right) + "0".repeat(images - right);
}

function run(tau: Tau, accuracy: number, changes: Partial<RunEvidence> = {}): RunEvidence {
  return {
    tau,
    energy: 0.5,
    headNorm: 2,
    learningRate: 0.01,
    diverged: false,
    stopped: false,
    accuracy,
    bestEpoch: 5,
    euclidean: 10,
    cosine: 0.8,
    hits: hits(accuracy),
    ...changes,
  };
}

function diverged(tau: Tau): RunEvidence {
  const nothing = { accuracy: null, bestEpoch: null, euclidean: null, cosine: null, hits: null };
  return { ...run(tau, 0), ...nothing, diverged: true };
}

/** Ten classes; probing alone reaches 0.6, fine-tuning 0.75 from the middle of three taus: mild. */
function evidence(changes: Partial<Evidence> = {}): Evidence {
  return {
    classes: 10,
    validationImages: images,
    featureNorm: 20,
    head: "linear",
    smoothing: 0,
    reinitialisedBlocks: 0,
    epochs: 10,
    tested: true,
    batchNormShift: null,
    calibrationError: null,
    probing: probing([0, 0.9, 0.1], [4, 0.7, 0.5], [8, 0.6, 0.6], [16, 0.4, 0.6]),
    runs: [run(0, 0.7, { energy: 0.9 }), run(4, 0.75, { energy: 0.7 }), run(16, 0.65, { energy: 0.4 })],
    ...changes,
  };
}

function probing(...points: [tau: Tau, energy: number, accuracy: number][]): Evidence["probing"] {
  return points.map(([tau, energy, accuracy]) => ({ tau, energy, accuracy }));
}

/** Probing alone at 0.73, which leaves 0.75 little to add. */
const suited = evidence({ probing: probing([0, 0.9, 0.1], [8, 0.6, 0.73], [16, 0.5, 0.73]) });
/** At 0.2, hardly above guessing. */
const foreign = evidence({ probing: probing([0, 0.9, 0.1], [8, 0.8, 0.2], [16, 0.7, 0.2]) });
const nothing = evidence({ runs: [run(0, 0.1), run(4, 0.1)] });
const level = evidence({ runs: [run(0, 0.75, { euclidean: 9 }), run(4, 0.751), run(16, 0.749, { euclidean: 5 })] });
const alone = evidence({ runs: [run(4, 0.75)] });
const winsAt = (tau: Tau): Evidence => evidence({ runs: [0, 4, 16].map((t) => run(t, t === tau ? 0.75 : 0.65)) });
const distances = (...all: number[]): Evidence =>
  evidence({ runs: evidence().runs.map((one, i) => ({ ...one, euclidean: all[i]! })) });

/** Where each rule speaks, and where it does not. */
const cases: Record<string, [speaks: Evidence[], silent: Evidence[]]> = {
  tiny: [[suited], [evidence(), foreign, nothing]],
  mild: [[evidence()], [suited, foreign, nothing]],
  strong: [[foreign], [suited, evidence(), nothing]],
  "nothing-learned": [[nothing], [evidence(), suited, foreign]],
  "regime-uncertain": [
    [evidence({ validationImages: 20 }), suited],
    [evidence(), nothing],
  ],
  "probing-unfinished": [
    [evidence({ probing: probing([0, 0.9, 0.1], [4, 0.7, 0.5], [8, 0.6, 0.6]) })],
    [evidence(), evidence({ probing: probing([0, 0.9, 0.1], [4, 0.7, 0.5], ["converged", 0.6, 0.6]) })],
  ],
  "neither-good": [
    [evidence({ probing: probing([0, 0.9, 0.1], [8, 0.6, 0.45]), runs: [run(4, 0.45)] })],
    [suited, evidence({ runs: [run(4, 0.5)], probing: probing([8, 0.6, 0.2]) })],
  ],
  "energy-high": [
    [foreign, suited],
    [evidence(), evidence({ probing: probing([0, 0.9, 0.6]) })],
  ],
  "energy-low": [[evidence()], [foreign, evidence({ probing: probing([0, 0.9, 0.6]) })]],
  "smoothing-above-floor": [[evidence({ smoothing: 0.1 })], [evidence(), evidence({ smoothing: 0.4 })]],
  moved: [[evidence()], [evidence({ runs: [run(4, 0.75, { euclidean: null, cosine: null })] })]],
  "energy-moves-features": [[distances(9, 7, 4)], [distances(4, 7, 9), evidence(), alone]],
  "energy-does-not-rank": [[distances(4, 7, 9)], [distances(9, 7, 4), evidence(), alone]],
  "random-head-throttled": [
    [distances(5, 7, 6)],
    [distances(9, 7, 8), evidence({ runs: [run(4, 0.75), run(16, 0.7)] })],
  ],
  chosen: [[evidence(), alone], []],
  "no-difference": [[level], [evidence(), alone]],
  "stopped-early": [[evidence({ runs: [run(4, 0.75), run(16, 0.7, { stopped: true })] })], [evidence()]],
  "some-level": [[evidence({ runs: [run(0, 0.749), run(4, 0.75), run(16, 0.6)] })], [level, evidence(), alone]],
  "some-worse": [[evidence()], [level, alone]],
  "lower-rate": [[evidence({ runs: [run(4, 0.75), diverged(16)] })], [evidence()]],
  "least-moved": [[level], [evidence(), alone]],
  "probing-alone": [[suited], [evidence(), { ...suited, validationImages: 100_000 }]],
  "probe-long": [[suited], [evidence(), { ...suited, runs: [run(4, 0.75), run("converged", 0.6)] }]],
  "larger-head": [[suited], [{ ...suited, head: "mlp" }, evidence(), foreign]],
  "around-the-middle": [[evidence()], [winsAt(0), winsAt(16), level, suited]],
  smoothing: [[winsAt(16)], [evidence(), winsAt(0), { ...winsAt(16), smoothing: 0.1 }, level, alone]],
  "stop-early": [[winsAt(0)], [evidence(), winsAt(16), level, alone]],
  "probe-little": [[foreign], [evidence(), { ...foreign, runs: [run(0.25, 0.75)] }]],
  "partial-backbone": [[foreign], [evidence(), { ...foreign, reinitialisedBlocks: 1 }]],
  "more-taus": [
    [alone],
    [
      evidence(),
      evidence({ runs: [run(4, 0.75), run(16, 0.7, { stopped: true })] }),
      evidence({ runs: [run(4, 0.75), diverged(16)] }),
    ],
  ],
  "more-epochs": [[evidence({ epochs: 5 })], [evidence()]],
  "more-seeds": [[level], [evidence(), alone]],
  "test-set": [[evidence({ tested: false })], [evidence()]],
  calibrate: [[evidence({ calibrationError: 0.1 })], [evidence(), evidence({ calibrationError: 0.01 })]],
  "one-rate": [
    [evidence({ runs: [run(0, 0.75, { headNorm: 1 }), run(4, 0.7, { headNorm: 3 })] })],
    [
      evidence(),
      evidence({ runs: [run(0, 0.75, { headNorm: 1 }), run(4, 0.7, { headNorm: 3, learningRate: 0.001 })] }),
      evidence({ runs: [run(4, 0.7, { headNorm: 3 })] }),
    ],
  ],
  "batchnorm-shift": [[evidence({ batchNormShift: 2 })], [evidence(), evidence({ batchNormShift: 0.1 })]],
};

const spoken = (one: Evidence): string[] => guide([one]).advice.map(({ rule }) => rule);

describe("each rule", () => {
  test("has a case here", () => {
    expect(Object.keys(cases).sort()).toEqual(rules.flatMap(({ of }) => of.map(({ id }) => id)).sort());
  });

  test.each(Object.entries(cases))("%s speaks where it should, and nowhere else", (id, [speaks, silent]) => {
    for (const one of speaks) expect(spoken(one)).toContain(id);
    for (const one of silent) expect(spoken(one)).not.toContain(id);
  });
});

describe("the guide", () => {
  const textOf = (rule: string, ...tunings: Evidence[]): string | undefined =>
    guide(tunings).advice.find((one) => one.rule === rule)?.text;

  test("names the regime in words and numbers", () => {
    expect(guide([suited]).regime).toBe("tiny");
    expect(guide([foreign]).regime).toBe("strong");
    expect(guide([nothing]).regime).toBeNull();
    expect(textOf("mild", evidence())).toBe(
      "Mild adaptation: the pretrained features half suit this task. Probing alone gets 60.0 % (tau 8), fine-tuning 75.0 %: most of what can be learned was in the features, and fine-tuning removes 37.5 % of the errors that probing leaves.",
    );
  });

  test("says the same for the same evidence, and writes no missing number", () => {
    for (const [speaks, silent] of Object.values(cases))
      for (const one of [...speaks, ...silent]) {
        expect(guide([one])).toEqual(guide([structuredClone(one)]));
        expect(JSON.stringify(guide([one]))).not.toMatch(/NaN|undefined|null %|Infinity/);
      }
  });

  test("says what its intervals rest on", () => {
    expect(textOf("no-difference", level)).toContain("image by image on the 1000 validation images (McNemar)");
    const unpaired = { ...level, runs: level.runs.map((one) => ({ ...one, hits: null })) };
    expect(textOf("no-difference", unpaired)).toContain("standard error of the difference");
  });

  test("tells apart by pairs what accuracies alone cannot", () => {
    // Nested: 20 images that one gets right and the other wrong, none the other way round.
    const close = evidence({ runs: [run(0, 0.75), run(4, 0.77)] });
    expect(spoken(close)).toContain("some-worse");
    expect(spoken({ ...close, runs: close.runs.map((one) => ({ ...one, hits: null })) })).toContain("no-difference");
  });

  test("averages seeds, and takes its intervals from their paired differences", () => {
    const seed = (shift: number): Evidence =>
      evidence({ runs: [run(0, 0.7 + shift), run(4, 0.72 + shift), run(16, 0.71 + 3 * shift)] });
    const seeds = [seed(-0.02), seed(0), seed(0.02)];
    expect(textOf("chosen", ...seeds)).toContain("72.0 % of 1000 validation images right, means over 3 seeds");
    // Always 2 points behind, or between 5 behind and 3 ahead.
    expect(textOf("some-worse", ...seeds)).toMatch(/tau 0, behind by \+2\.0 points.*over 3 seeds/);
    expect(textOf("some-level", ...seeds)).toContain("tau 16");
    expect(textOf("more-seeds", ...seeds)).toBeUndefined();
  });

  test("a tau that diverged with one seed counts as diverged", () => {
    const other = evidence({ runs: [run(0, 0.7), run(4, 0.75), diverged(16)] });
    expect(textOf("lower-rate", evidence(), other)).toContain("tau 16, which diverged");
  });

  test("neither compares nor chooses what halving stopped", () => {
    const halved = evidence({ runs: [run(0, 0.74), run(4, 0.75), run(16, 0.8, { stopped: true })] });
    expect(textOf("chosen", halved)).toContain("tau 4");
    expect(textOf("stopped-early", halved)).toContain("tau 16");
    expect(textOf("some-level", halved) ?? "").not.toContain("16");
    expect(textOf("no-difference", halved)).toBeUndefined();
  });

  test("compares only the taus that all seeds have", () => {
    const other = evidence({ runs: [run(4, 0.7), run(8, 0.9)] });
    expect(guide([evidence(), other]).advice.map(({ rule }) => rule)).toContain("more-taus");
  });

  test("has one thing to say where no run came to an end", () => {
    const { regime, advice } = guide([evidence({ runs: [diverged(0), diverged(4)] })]);
    expect(regime).toBeNull();
    expect(advice.map(({ rule }) => rule)).toEqual(["nothing-finished"]);
    expect(advice[0]!.text).toContain("lower rate");
  });

  test("prefers what moved least among equals", () => {
    expect(textOf("least-moved", level)).toContain("tau 16");
  });
});
