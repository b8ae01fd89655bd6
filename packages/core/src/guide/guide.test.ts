import { describe, expect, test } from "vitest";
import type { Tau } from "../probe/taus.js";
import type { Action, RuleId, RuleNumbers } from "./advice.js";
import type { Evidence, RunEvidence } from "./evidence.js";
import { combine } from "./combine.js";
import { factsOf } from "./facts.js";
import { guide } from "./guide.js";
import { probedRules, rules } from "./rules/index.js";

const samples = 1000;

/** The first `right` of all samples right: runs made of it are nested, so that few pairs tell them apart. */
function hits(accuracy: number): string {
  const right = Math.round(accuracy * samples);
  return "1".repeat(right) + "0".repeat(samples - right);
}

function run(tau: Tau, accuracy: number, changes: Partial<RunEvidence> = {}): RunEvidence {
  return {
    tau,
    energy: 0.5,
    headNorm: 2,
    learningRate: 0.01,
    diverged: false,
    collapsed: false,
    score: accuracy,
    bestEpoch: 5,
    euclidean: 10,
    cosine: 0.8,
    dot: 300,
    norm: 22,
    hits: hits(accuracy),
    contributions: null,
    ...changes,
  };
}

function diverged(tau: Tau): RunEvidence {
  const nothing = { score: null, bestEpoch: null, euclidean: null, cosine: null, dot: null, norm: null, hits: null };
  return { ...run(tau, 0), ...nothing, diverged: true };
}

/** Ten classes; probing alone reaches 0.6, fine-tuning 0.75 from the middle of three taus: mild. */
function evidence(changes: Partial<Evidence> = {}): Evidence {
  return {
    objective: "classification",
    metric: { name: "accuracy", percent: true, chance: 0.1 },
    sample: "image",
    outputs: 10,
    validationSamples: samples,
    featureNorm: 20,
    head: "linear",
    probeLoss: "ce",
    growingSteps: true,
    smoothing: 0,
    reinitialisedBlocks: 0,
    epochs: 10,
    asked: { method: "hp-ft", probeEpochs: 64, given: [] },
    compared: [],
    test: { samples: 500, seen: 0 },
    batchNormShift: null,
    temperature: null,
    exported: null,
    probing: probing([0, 0.9, 0.1], [4, 0.7, 0.5], [8, 0.6, 0.6], [16, 0.4, 0.6]),
    runs: [run(0, 0.7, { energy: 0.9 }), run(4, 0.75, { energy: 0.7 }), run(16, 0.65, { energy: 0.4 })],
    ...changes,
  };
}

function probing(...points: [tau: Tau, energy: number, score: number][]): Evidence["probing"] {
  return points.map(([tau, energy, score]) => ({
    tau,
    energy,
    score,
    trainScore: score,
    headNorm: 2,
    pull: 0.4,
    hits: null,
    contributions: null,
  }));
}

const temperature = { value: 2, low: 1.6, high: 2.4, before: 0.1, after: 0.03 };
/** Probing alone at 0.73, which leaves 0.75 little to add. */
const suited = evidence({ probing: probing([0, 0.9, 0.1], [8, 0.6, 0.73], [16, 0.5, 0.73]) });
/** At 0.2, hardly above guessing. */
const foreign = evidence({ probing: probing([0, 0.9, 0.1], [8, 0.8, 0.2], [16, 0.7, 0.2]) });
/** Probing gets no further than guessing, and fine-tuning hardly. */
const hardly = evidence({ probing: probing([0, 0.9, 0.08], [8, 0.9, 0.1]), runs: [run(4, 0.12)] });
const nothing = evidence({ runs: [run(0, 0.1), run(4, 0.1)] });
const level = evidence({ runs: [run(0, 0.75, { euclidean: 9 }), run(4, 0.751), run(16, 0.749, { euclidean: 5 })] });
/** Three of 13 images less, and moved least: for all that is known much worse. */
const few = evidence({
  validationSamples: 13,
  runs: [10, 9, 7].map((right, i) =>
    run([0, 4, 16][i]!, right / 13, { hits: "1".repeat(right).padEnd(13, "0"), euclidean: 9 - i }),
  ),
});
const alone = evidence({ runs: [run(4, 0.75)] });
const winsAt = (tau: Tau): Evidence => evidence({ runs: [0, 4, 16].map((t) => run(t, t === tau ? 0.75 : 0.65)) });
/** One head at three energies. */
const dialled = (winner: number): Evidence =>
  evidence({ runs: [0.8, 0.5, 0.3].map((e) => run(`energy:${e}`, e === winner ? 0.75 : 0.65, { energy: e })) });
const distances = (...all: number[]): Evidence =>
  evidence({ runs: evidence().runs.map((one, i) => ({ ...one, euclidean: all[i]!, headNorm: 1 + i / 2 })) });
/** So many validation images that the gain over probing is known, though not by pairs. */
const certain = (one: Evidence): Evidence => ({ ...one, validationSamples: 100_000 });

function unpaired(one: Evidence): Evidence {
  return { ...one, runs: one.runs.map((each) => ({ ...each, hits: null })) };
}

/** Energies of probing, and ‖W‖, that go with tau as `at` says: tau, energy, ‖W‖, score. */
const sized = (...at: [tau: Tau, energy: number, headNorm: number, score: number][]): Evidence["probing"] =>
  at.map(([tau, energy, headNorm, score]) => ({ ...probing([tau, energy, score])[0]!, headNorm }));
/** BBBP with a GIN (seed 0): fine-tuning from taus 1, 4, 16 and 64 gets ROC-AUC 0.786, 0.793, 0.798 and 0.812. */
const bbbp: Evidence = evidence({
  metric: { name: "ROC-AUC", percent: false, chance: 0.5 },
  sample: "molecule",
  outputs: 2,
  validationSamples: 408,
  featureNorm: 6.81,
  probing: sized(
    [0, 0.74, 0.289, 0.496],
    [1, 0.309, 0.765, 0.722],
    [4, 0.341, 0.745, 0.731],
    [16, 0.317, 1.272, 0.77],
    [64, 0.3, 2.862, 0.784],
  ),
  runs: [
    [0, 0.74, 0.765, 11.2],
    [1, 0.309, 0.786, 2.01],
    [4, 0.341, 0.793, 2.09],
    [16, 0.317, 0.798, 1.91],
    [64, 0.3, 0.812, 1.69],
  ].map(([tau, energy, score, euclidean]) => run(tau!, score!, { energy: energy!, euclidean: euclidean!, hits: null })),
});
/** ‖W‖ grows likewise, but energy falls by a third; it stays, but ‖W‖ only doubles; it stays, at an optimum. */
const tells = evidence({ probing: sized([0, 0.9, 1, 0.1], [4, 0.6, 2, 0.5], [16, 0.45, 7, 0.6]) });
const small = evidence({ probing: sized([0, 0.9, 1, 0.1], [4, 0.5, 2, 0.5], [16, 0.48, 4, 0.6]) });
const optimum = evidence({ probing: sized([0, 0.9, 1, 0.1], [4, 0.5, 2, 0.5], ["converged:0", 0.48, 90, 0.6]) });
/** Fine-tuned from one of the heads alone. */
const oneOfThem = { ...bbbp, runs: bbbp.runs.filter(({ tau }) => tau === 0 || tau === 16) };

/** Where each rule speaks, and where it does not. */
const cases: Record<string, [speaks: Evidence[], silent: Evidence[]]> = {
  tiny: [[certain(suited)], [suited, evidence(), foreign, hardly, nothing]],
  mild: [[evidence()], [suited, foreign, nothing]],
  strong: [[foreign], [suited, evidence(), hardly, nothing]],
  "regime-open": [
    [suited, hardly, evidence({ validationSamples: 13 })],
    [certain(suited), evidence(), foreign, nothing],
  ],
  "nothing-learned": [[nothing], [evidence(), suited, foreign]],
  "regime-uncertain": [
    [{ ...evidence(), metric: { name: "R²", percent: false, chance: 0 } }],
    [evidence(), suited, evidence({ validationSamples: 13 }), nothing],
  ],
  "probing-unfinished": [
    [evidence({ probing: probing([0, 0.9, 0.1], [4, 0.7, 0.5], [8, 0.6, 0.6]) })],
    [evidence(), evidence({ probing: probing([0, 0.9, 0.1], [4, 0.7, 0.5], ["converged", 0.6, 0.6]) })],
  ],
  "neither-good": [
    [evidence({ probing: probing([0, 0.9, 0.1], [8, 0.6, 0.45]), runs: [run(4, 0.45)] })],
    [suited, evidence({ runs: [run(4, 0.4)], probing: probing([8, 0.6, 0.5]) })],
  ],
  "energy-high": [
    [foreign, suited],
    [evidence(), evidence({ probing: probing([0, 0.9, 0.6]) })],
  ],
  "energy-low": [[evidence()], [foreign, evidence({ probing: probing([0, 0.9, 0.6]) })]],
  "smoothing-above-floor": [[evidence({ smoothing: 0.1 })], [evidence(), evidence({ smoothing: 0.4 })]],
  "regime-revised": [[evidence(), suited, foreign], [nothing]],
  "squared-error-floor": [[evidence({ probeLoss: "mse" })], [evidence()]],
  moved: [[evidence()], [evidence({ runs: [run(4, 0.75, { euclidean: null, cosine: null })] })]],
  "energy-moves-features": [[distances(9, 7, 4)], [distances(4, 7, 9), evidence(), alone]],
  "energy-does-not-rank": [[distances(4, 7, 9)], [distances(9, 7, 4), evidence(), alone]],
  "random-head-throttled": [
    [distances(5, 7, 6)],
    [
      distances(9, 7, 8),
      distances(6.8, 7, 8),
      evidence({ runs: [run(4, 0.75), run(16, 0.7)] }),
      // As PyTorch's random head is: no smaller than probed ones.
      evidence({ runs: distances(5, 7, 6).runs.map((one) => ({ ...one, headNorm: 2 })) }),
    ],
  ],
  chosen: [[evidence(), alone], []],
  "difference-unknown": [
    [{ ...unpaired(evidence()), metric: { name: "mean ROC-AUC", percent: false, chance: 0.5 } }],
    [unpaired(evidence()), evidence()],
  ],
  "no-difference": [[level], [evidence(), alone]],
  "some-level": [[evidence({ runs: [run(0, 0.749), run(4, 0.75), run(16, 0.6)] })], [level, evidence(), alone]],
  "some-worse": [[evidence()], [level, alone]],
  "lower-rate": [[evidence({ runs: [run(4, 0.75), diverged(16)] })], [evidence()]],
  "least-moved": [[level], [evidence(), alone, few]],
  "probing-alone": [
    [suited, evidence({ probing: probing([8, 0.6, 0.9]) })],
    [evidence(), certain(suited), { ...suited, validationSamples: 100 }],
  ],
  "probe-long": [[certain(suited)], [evidence(), suited, { ...suited, runs: [run(4, 0.75), run("converged", 0.6)] }]],
  "larger-head": [[certain(suited)], [{ ...certain(suited), head: "mlp" }, suited, evidence(), foreign]],
  "around-the-middle": [[evidence()], [winsAt(0), winsAt(16), level, few, certain(suited)]],
  "less-energy": [
    [winsAt(16)],
    [
      evidence(),
      winsAt(0),
      { ...winsAt(16), runs: [...winsAt(16).runs, run("converged", 0.6, { energy: 0.6 })] },
      level,
      alone,
    ],
  ],
  "stop-early": [[winsAt(0)], [evidence(), winsAt(16), level, alone]],
  "probe-little": [[foreign], [evidence(), { ...foreign, runs: [run(0.25, 0.75)] }]],
  "partial-backbone": [[foreign], [evidence(), { ...foreign, reinitialisedBlocks: 1 }]],
  "more-taus": [[alone], [evidence(), evidence({ runs: [run(4, 0.75), diverged(16)] })]],
  "energy-does-not-tell": [
    [bbbp, { ...bbbp, probing: bbbp.probing.slice(1) }],
    [evidence(), tells, small, optimum, { ...bbbp, runs: [run("energy:0.3", 0.75)] }],
  ],
  "taus-by-size": [[oneOfThem], [bbbp, evidence(), tells, { ...oneOfThem, probing: small.probing }]],
  "other-energies": [
    [dialled(0.8), dialled(0.3), evidence({ runs: [run("energy:0.5", 0.75)] })],
    [dialled(0.5), evidence(), alone],
  ],
  "more-epochs": [[evidence({ epochs: 5 })], [evidence()]],
  "more-seeds": [[level], [evidence(), alone]],
  "test-set": [[evidence({ test: null })], [evidence()]],
  "test-seen": [[evidence({ test: { samples: 500, seen: 3 } })], [evidence(), evidence({ test: null })]],
  calibrate: [[evidence({ temperature })], [evidence()]],
  "one-rate": [
    [evidence({ runs: [run(0, 0.75, { headNorm: 1 }), run(4, 0.7, { headNorm: 3 })] })],
    [
      evidence(),
      evidence({ runs: [run(0, 0.75, { headNorm: 1 }), run(4, 0.7, { headNorm: 3, learningRate: 0.001 })] }),
      evidence({ runs: [run(4, 0.7, { headNorm: 3 })] }),
      evidence({ growingSteps: false, runs: [run(0, 0.75, { headNorm: 1 }), run(4, 0.7, { headNorm: 3 })] }),
    ],
  ],
  "batchnorm-shift": [[evidence({ batchNormShift: 2 })], [evidence(), evidence({ batchNormShift: 0.1 })]],
};

const actionOf = (rule: RuleId, ...tunings: Evidence[]): Action | undefined =>
  guide(tunings).advice.find((one) => one.rule === rule)?.action;
const spoken = (one: Evidence): string[] => guide([one]).advice.map(({ rule }) => rule);

describe("each rule", () => {
  test("has a case here", () => {
    // That one needs several seeds.
    const tested = [...Object.keys(cases), "rise-and-fall"];
    expect(tested.sort()).toEqual(rules.flatMap(({ of }) => of.map(({ id }) => id)).sort());
  });

  test.each(Object.entries(cases))("%s speaks where it should, and nowhere else", (id, [speaks, silent]) => {
    for (const one of speaks) expect(spoken(one)).toContain(id);
    for (const one of silent) expect(spoken(one)).not.toContain(id);
  });
});

test("where energies were asked for, nothing is said of how long the head was probed", () => {
  const ofProbing = [
    "energy-high",
    "energy-low",
    "probe-long",
    "larger-head",
    "smoothing",
    "stop-early",
    "probe-little",
  ];
  for (const one of [dialled(0.8), dialled(0.5), dialled(0.3), { ...dialled(0.3), probing: foreign.probing }])
    for (const rule of [...ofProbing, "more-taus"]) expect(spoken(one)).not.toContain(rule);
  expect(spoken(dialled(0.5))).toContain("around-the-middle");
});

describe("the guide", () => {
  function numbersOf<Id extends RuleId>(rule: Id, ...tunings: Evidence[]): RuleNumbers[Id] | undefined {
    const advice = guide(tunings).advice.find((one) => one.rule === rule);
    return advice?.numbers as RuleNumbers[Id] | undefined;
  }

  test("names the regime, and gives the numbers that it rests on", () => {
    expect(guide([certain(suited)]).regime).toBe("tiny");
    expect(guide([suited]).regime).toBeNull();
    expect(numbersOf("regime-open", suited)).toMatchObject({ regimes: ["tiny", "mild"], nothing: false });
    expect(numbersOf("regime-open", evidence({ validationSamples: 13 }))!.regimes).toEqual(["tiny", "mild", "strong"]);
    expect(guide([foreign]).regime).toBe("strong");
    expect(guide([nothing]).regime).toBeNull();
    expect(guide([evidence()]).advice[0]).toEqual({
      rule: "mild",
      part: "regime",
      source: "Regimes",
      numbers: { probed: { tau: 8, score: 0.6 }, tuned: 0.75, removed: (0.75 - 0.6) / (1 - 0.6) },
    });
  });

  test("says the same for the same evidence, as data: no missing number, no sentence, no flag", () => {
    for (const [speaks, silent] of Object.values(cases))
      for (const one of [...speaks, ...silent]) {
        const said = guide([one]);
        expect(said).toEqual(guide([structuredClone(one)]));
        expect(JSON.parse(JSON.stringify(said))).toEqual(said);
        expect(JSON.stringify(said)).not.toMatch(/NaN|undefined|Infinity|--|\. /);
      }
  });

  test("says what to change by the library's names", () => {
    expect(actionOf("probing-alone", suited)).toEqual({ option: "method", value: "lp" });
    expect(actionOf("probe-long", certain(suited))).toEqual({ option: "taus", value: [0, 4, 16, "converged"] });
    expect(actionOf("probe-little", foreign)).toEqual({ option: "taus", value: [0, 0.125, 0.5, 1] });
    expect(actionOf("partial-backbone", foreign)).toEqual({ option: "reinitBlocks", value: 1 });
    expect(actionOf("more-epochs", evidence({ epochs: 5 }))).toEqual({ option: "epochs", value: 10 });
    expect(actionOf("chosen", evidence())).toBeUndefined();
    // Whether it was given or found, a third of the rate that diverged.
    const wild = { ...diverged(16), learningRate: 0.02 };
    expect(actionOf("lower-rate", evidence({ runs: [run(4, 0.75), wild] }))).toEqual({ option: "lr", value: 0.0067 });
    const unknown = { ...diverged(16), learningRate: null };
    expect(actionOf("lower-rate", evidence({ runs: [run(4, 0.75), unknown] }))).toEqual({
      option: "lr",
      value: "auto",
    });
  });

  test("names what of the run's own options would be refused beside, and advises nothing that the run cannot bear", () => {
    const asking = (given: string[], one = alone, method: Evidence["asked"]["method"] = "hp-ft"): Evidence => ({
      ...one,
      asked: { method, probeEpochs: 64, given },
    });
    expect(actionOf("more-taus", asking(["taus", "lr"]))).toEqual({ option: "starts", value: 3, without: ["taus"] });
    expect(actionOf("more-taus", asking(["method"], alone, "ft"))).toEqual({
      option: "starts",
      value: 3,
      without: ["method"],
    });
    const given = ["patience", "loraRank", "epochs", "optimizer", "momentum", "batch"];
    const withoutAlone = (asked: string[]): unknown => actionOf("probing-alone", asking(asked, suited))!.without;
    expect(withoutAlone(given)).toEqual(["patience", "loraRank", "epochs", "optimizer"]);
    expect(withoutAlone([...given, "probeOptimizer"])).toEqual([...given.slice(0, 4), "momentum"]);
    expect(actionOf("larger-head", asking(["energy", "energyBy"], certain(suited)))!.without).toHaveLength(2);
    expect(spoken(asking(["from"], certain(suited)))).not.toContain("larger-head");
    for (const method of ["lora", "side"] as const)
      expect(spoken(asking(["method"], foreign, method))).not.toContain("partial-backbone");
  });

  test("of folds names taus, as auto would find others in each, and knows which were compared", () => {
    const folds = { method: "hp-ft" as const, probeEpochs: 8, given: ["folds"] };
    expect(actionOf("more-taus", { ...alone, asked: folds })).toEqual({ option: "taus", value: [0, 4, 16] });
    const fewHeads = { ...alone, asked: folds, probing: probing([0, 0.9, 0.1], [4, 0.7, 0.5]) };
    expect(actionOf("more-taus", fewHeads)).toEqual({ option: "taus", value: [0, 1, 4] });
    expect(spoken({ ...alone, asked: folds, compared: [0, 4, 16] })).not.toContain("more-taus");
    const optimum = { ...certain(suited), asked: folds, compared: ["converged"] as const };
    expect(spoken(optimum)).not.toContain("probe-long");
  });

  test("never advises smoothing, which no evidence is for", () => {
    for (const [speaks, silent] of Object.values(cases))
      for (const one of [...speaks, ...silent])
        expect(JSON.stringify(guide([one]).advice)).not.toMatch(/"smoothing":?"?,/);
  });

  test("goes by energy, not by how long probing was: an optimum with a penalty may leave more than tau 16", () => {
    const between = run("converged", 0.75, { energy: 0.6 });
    const runs = [run(0, 0.65, { energy: 0.9 }), run(16, 0.6, { energy: 0.4 }), between];
    const idle = run("converged:0", 0.6, { energy: 0, euclidean: 0 });
    expect(numbersOf("around-the-middle", evidence({ runs: [...runs, idle] }))).toEqual({ between: [0, 16] });
    const optimum = probing([0, 0.9, 0.1], [16, 0.4, 0.6], ["converged", 0.7, 0.6]);
    expect(numbersOf("energy-low", evidence({ probing: optimum }))).toEqual({
      shortest: { tau: 0, energy: 0.9 },
      lowest: { tau: 16, energy: 0.4 },
    });
  });

  test("says whether fine-tuning bears out what probing suggested", () => {
    expect(numbersOf("regime-revised", evidence())).toEqual({ suggested: ["mild"], found: ["mild"] });
    expect(numbersOf("regime-revised", foreign)).toEqual({ suggested: ["strong"], found: ["strong"] });
    // Half of the way by probing, nearly all of it by fine-tuning.
    const halfway = evidence({ probing: probing([0, 0.9, 0.1], [8, 0.6, 0.45]), runs: [run(4, 0.97)] });
    expect(numbersOf("regime-revised", halfway)).toEqual({ suggested: ["mild"], found: ["strong"] });
  });

  test("takes the gain's interval over seeds from their paired differences, and pairs images where probing kept them", () => {
    const seed = (probed: number, tuned: number, kept: string | null): Evidence =>
      evidence({
        probing: probing([0, 0.9, 0.1], [8, 0.6, probed]).map((one) => ({ ...one, hits: one.tau === 8 ? kept : null })),
        runs: [run(4, tuned)],
      });
    const gainOf = (...all: Evidence[]) => factsOf(combine(all))!.gain;
    const [first, second, third] = [seed(0.6, 0.7, null), seed(0.55, 0.75, null), seed(0.65, 0.68, null)];
    const gain = gainOf(first, second, third);
    // Differences 0.1, 0.2, 0.03: mean 0.11, deviation 0.0854; Student's t is 4.303 with two degrees of freedom.
    expect(gain.basis).toBe("seeds");
    expect(gain.difference).toBeCloseTo(0.11, 12);
    expect(gain.low).toBeCloseTo(0.11 - (4.3027 * 0.08544) / Math.sqrt(3), 4);
    expect(gainOf(first).basis).toBe("independent samples");
    expect(gainOf(seed(0.6, 0.7, hits(0.6))).basis).toBe("paired hits");
  });

  test("names the average of weights that was exported in the run's place", () => {
    const exported = { blend: "soup", score: 0.76 } as const;
    expect(numbersOf("chosen", evidence({ exported }))).toMatchObject({ score: 0.75, exported });
    expect(numbersOf("chosen", evidence({ exported }), evidence({ exported }))!.exported).toBeNull();
  });

  test("tests over seeds whether dot product and length rise, then fall, without degenerate points", () => {
    const seed = (dots: number[]): Evidence =>
      evidence({
        runs: [
          ...dots.map((dot, i) => run(i, 0.7, { energy: 0.9 - 0.1 * i, dot, norm: 10 - i })),
          // It did not move: on a curve that falls towards low energies it would look like a peak's foot or like none.
          run("converged:0", 0.6, { energy: 0, dot: 900, norm: 30, euclidean: 0.1 }),
          { ...diverged(9), energy: 0.1 },
        ],
      });
    const found = numbersOf("rise-and-fall", seed([1, 2, 5, 4, 3]), seed([1, 3, 6, 4, 2]), seed([2, 3, 5, 3, 1]))!;
    expect([found.dot.shown, found.norm.shown]).toEqual([3, 0]);
    expect(found.dot.p).toBeCloseTo(1 / 8, 12);
    expect(found.dot.seeds.map(({ at }) => at)).toEqual([2, 2, 2]);
    expect(numbersOf("rise-and-fall", seed([1, 2, 5, 4, 3]))).toBeUndefined();
  });

  test("does not send to longer probing where the longest did worse and the regime is open", () => {
    const ending = (last: number): Evidence => ({ ...suited, runs: [run(0, 0.749), run(4, 0.75), run(16, last)] });
    expect(guide([ending(0.749)]).regime).toBeNull();
    expect(spoken(ending(0.749))).not.toContain("probe-long");
    expect(spoken(ending(0.75))).toContain("probe-long");
  });

  test("says what its intervals rest on", () => {
    const basis = (one: Evidence) => numbersOf("no-difference", one)!.rivals.map(({ behind }) => behind.basis);
    expect(basis(level)).toEqual(["paired hits", "paired hits"]);
    expect(basis(unpaired(level))).toEqual(["independent samples", "independent samples"]);
  });

  test("tells apart by pairs what accuracies alone cannot", () => {
    // Nested: 20 samples that one gets right and the other wrong, none the other way round.
    const close = evidence({ runs: [run(0, 0.75), run(4, 0.77)] });
    expect(spoken(close)).toContain("some-worse");
    expect(spoken(unpaired(close))).toContain("no-difference");
  });

  test("averages seeds, and takes its intervals from their paired differences", () => {
    const seed = (shift: number): Evidence =>
      evidence({ runs: [run(0, 0.7 + shift), run(4, 0.72 + shift), run(16, 0.71 + 3 * shift)] });
    const seeds = [seed(-0.02), seed(0), seed(0.02)];
    expect(numbersOf("chosen", ...seeds)!.score).toBeCloseTo(0.72, 12);
    // Always 2 points behind, or between 5 behind and 3 ahead.
    const worse = numbersOf("some-worse", ...seeds)!.rivals;
    expect(worse).toMatchObject([{ tau: 0, behind: { basis: "seeds" } }]);
    expect(worse[0]!.behind.difference).toBeCloseTo(0.02, 12);
    expect(numbersOf("some-level", ...seeds)!.rivals.map(({ tau }) => tau)).toEqual([16]);
    expect(numbersOf("more-seeds", ...seeds)).toBeUndefined();
  });

  test("does not take seeds that agree on a few images for proof", () => {
    const seed = evidence({
      validationSamples: 13,
      runs: [
        run(0, 8 / 13, { hits: "1".repeat(8).padEnd(13, "0") }),
        run(4, 9 / 13, { hits: "1".repeat(9).padEnd(13, "0") }),
      ],
    });
    const [rival] = numbersOf("no-difference", seed, seed, seed)!.rivals;
    expect(rival!.behind).toMatchObject({ basis: "seeds" });
    expect(rival!.behind.low).toBeLessThan(0);
    expect(rival!.behind.high).toBeGreaterThan(0.15);
  });

  test("a tau that diverged with one seed counts as diverged", () => {
    const other = evidence({ runs: [run(0, 0.7), run(4, 0.75), diverged(16)] });
    expect(numbersOf("lower-rate", evidence(), other)).toEqual({ grows: true, taus: [16], collapsed: [] });
  });

  test("a run that collapsed is no fine-tuning that anything is learned from, whatever an early epoch had reached", () => {
    const collapsed = run(16, 0.99, { collapsed: true, learningRate: 0.03 });
    const runs = [run(0, 0.7), run(4, 0.75), collapsed];
    const facts = factsOf(combine([evidence({ runs })]))!;
    expect([facts.winner.tau, facts.rivals.map(({ tau }) => tau)]).toEqual([4, [0]]);
    expect(numbersOf("lower-rate", evidence({ runs }))).toEqual({ grows: true, taus: [], collapsed: [16] });
    expect(actionOf("lower-rate", evidence({ runs }))).toEqual({ option: "lr", value: 0.01 });
    const { advice } = guide([evidence({ runs: [collapsed] })]);
    expect(advice.map(({ rule }) => rule)).toEqual(["nothing-finished"]);
  });

  test("compares only the taus that all seeds have", () => {
    const other = evidence({ runs: [run(4, 0.7), run(8, 0.9)] });
    expect(guide([evidence(), other]).advice.map(({ rule }) => rule)).toContain("more-taus");
  });

  test("has one thing to say where no run came to an end", () => {
    const { regime, advice } = guide([evidence({ runs: [diverged(0), diverged(4)] })]);
    expect(regime).toBeNull();
    expect(advice.map(({ rule }) => rule)).toEqual(["nothing-finished"]);
  });

  test("prefers what moved least among equals", () => {
    expect(numbersOf("least-moved", level)).toEqual({ tau: 16 });
  });
});

test("where energy does not tell heads apart, says what does, and where to look", () => {
  const { advice } = guide([oneOfThem]);
  expect(advice.find(({ rule }) => rule === "energy-does-not-tell")!.numbers).toEqual({
    from: 1,
    to: 64,
    energies: [0.3, 0.341],
    growth: 2.862 / 0.765,
    scores: [0.722, 0.784],
  });
  // ‖W‖ in three equal ratios from 0.765 to 2.862 is 1.19 and 1.84, of which 1.272 is the nearest to both.
  expect(actionOf("taus-by-size", oneOfThem)).toEqual({ option: "taus", value: [1, 16, 64] });
  const before = { ...bbbp, runs: [] };
  expect(spoken(before)).toEqual(expect.arrayContaining(["energy-does-not-tell", "taus-by-size"]));
  expect(spoken(before)).not.toContain("candidates");
  expect(spoken({ ...tells, runs: [] })).toContain("candidates");
});

describe("of scores that are no accuracies", () => {
  /** R² of 400 samples whose contributions spread by 0.3 and differ by `noise` between runs. */
  const contributions = (score: number, noise = 0.1): number[] =>
    Array.from({ length: 400 }, (_, n) => score + (n % 2 ? 0.3 : -0.3) + (n % 4 < 2 ? noise : -noise));
  const regression = (changes: Partial<Evidence> = {}): Evidence => ({
    ...evidence(),
    objective: "regression",
    metric: { name: "R²", percent: false, chance: 0 },
    sample: "molecule",
    outputs: 1,
    validationSamples: 400,
    probing: probing([0, 1.1, -0.3], [8, 0.8, 0.2], [16, 0.8, 0.2]),
    runs: [run(0, 0.4), run(4, 0.6), run(16, 0.59)].map((one) => ({
      ...one,
      hits: null,
      contributions: contributions(one.score!, one.tau === 4 ? 0 : 0.1),
    })),
    ...changes,
  });

  test("regimes go by the share of what is left to be gained, and guessing by the metric", () => {
    expect(guide([regression()]).regime).toBe("strong");
    expect(guide([regression({ probing: probing([0, 1, 0], [8, 0.8, 0.4]) })]).advice[0]).toMatchObject({
      rule: "mild",
      numbers: { removed: (0.6 - 0.4) / (1 - 0.4) },
    });
    expect(guide([regression({ probing: probing([0, 1, 0], [8, 0.8, 0.58]) })]).regime).toBe("tiny");
    const below = regression({ runs: [{ ...run(4, 0), score: -0.1, hits: null }] });
    expect(guide([below]).advice[0]).toMatchObject({ rule: "nothing-learned", numbers: { tuned: -0.1, chance: 0 } });
  });

  test("runs are told apart by what each sample adds", () => {
    const { advice } = guide([regression()]);
    expect(advice.find(({ rule }) => rule === "some-worse")?.numbers).toMatchObject({
      rivals: [{ tau: 0, behind: { basis: "paired contributions" } }],
    });
    expect(advice.find(({ rule }) => rule === "some-level")?.numbers).toMatchObject({ rivals: [{ tau: 16 }] });
  });

  test("where that was not kept, how sure a difference is is not known, and is not guessed", () => {
    const bare = regression({ runs: regression().runs.map((one) => ({ ...one, contributions: null })) });
    const said = spoken(bare);
    expect(said).toContain("difference-unknown");
    expect(said).toContain("more-seeds");
    for (const claim of ["no-difference", "some-level", "some-worse", "least-moved"]) expect(said).not.toContain(claim);
    const uncertain = guide([bare]).advice.find(({ rule }) => rule === "regime-uncertain")?.numbers;
    expect(uncertain).toMatchObject({ gain: { low: null, high: null, basis: "nothing" } });
  });
});

describe("a head that was probed by squared error", () => {
  // Softmax of the logits themselves, term by term.
  const energyOfExactFit = (k: number, smoothing: number): number => {
    const logits = Array.from({ length: k }, (_, i) => (i === 0 ? 1 - smoothing : 0) + smoothing / k);
    const sum = logits.reduce((total, q) => total + Math.exp(q), 0);
    return Math.hypot(...logits.map((q, i) => Number(i === 0) - Math.exp(q) / sum));
  };

  test.each([
    [10, 0],
    [2, 0],
    [10, 0.1],
    [100, 0.3],
  ])("keeps energy under cross-entropy though it fits exactly: %i classes, ε = %d", (k, smoothing) => {
    const { advice } = guide([evidence({ probeLoss: "mse", outputs: k, smoothing })]);
    const found = advice.find(({ rule }) => rule === "squared-error-floor")!.numbers as { floor: number };
    expect(found.floor).toBeCloseTo(energyOfExactFit(k, smoothing), 12);
    if (k === 10 && smoothing === 0) expect(found.floor).toBeCloseTo(0.81, 3);
  });

  test("needs no larger head for it", () => {
    const high = probing([0, 0.9, 0.1], [8, 0.85, 0.75]);
    expect(spoken(certain(evidence({ probing: high })))).toContain("larger-head");
    expect(spoken(certain(evidence({ probing: high, probeLoss: "mse" })))).not.toContain("larger-head");
  });
});

describe("before fine-tuning", () => {
  const probedAt = (score: number, changes: Partial<Evidence> = {}): Evidence =>
    evidence({ probing: probing([0, 0.9, 0.1], [8, 0.6, score], [16, 0.4, score]), runs: [], ...changes });
  const suggestedBy = (...all: Evidence[]) => {
    const { advice } = guide(all);
    return advice.find(({ rule }) => rule === "suggested")!.numbers as RuleNumbers["suggested"];
  };

  test("says what probing alone makes likely, and on which interval", () => {
    const { regime, suggested, advice } = guide([probedAt(0.6)]);
    expect([regime, suggested]).toEqual([null, ["mild"]]);
    const { probed, share, strongExcluded } = suggestedBy(probedAt(0.6));
    expect(share).toBeCloseTo(0.5 / 0.9, 12);
    // 1.96 standard errors of 600 of 1000.
    expect(probed.interval!.low).toBeCloseTo(0.6 - 1.96 * Math.sqrt((0.6 * 0.4) / 1000), 3);
    expect(strongExcluded).toBe(true);
    expect(advice[0]).toMatchObject({ rule: "suggested", part: "regime" });
    expect(advice.map(({ rule }) => rule)).toContain("fine-tune");
  });

  test("names the regimes between the ends of a wide interval", () => {
    expect(suggestedBy(probedAt(0.96)).regimes).toEqual(["tiny"]);
    expect(suggestedBy(probedAt(0.2))).toMatchObject({ regimes: ["strong"], strongExcluded: false });
    expect(suggestedBy(probedAt(0.6, { validationSamples: 12 })).regimes).toEqual(["mild"]);
    expect(suggestedBy(probedAt(0.3, { validationSamples: 30 })).regimes).toEqual(["mild", "strong"]);
    expect(suggestedBy(probedAt(0.55, { validationSamples: 30 })).strongExcluded).toBe(false);
  });

  test("strong is excluded only where no fine-tuning could make it strong", () => {
    for (const score of [0.1, 0.3, 0.5, 0.58, 0.7, 0.95]) {
      const perfect = factsOf(combine([certain(probedAt(score, { runs: [run(4, 1)] }))]))!;
      const { strongExcluded } = suggestedBy(certain(probedAt(score)));
      if (strongExcluded) expect(perfect.regime).not.toBe("strong");
      else expect(perfect.regime).toBe("strong");
    }
  });

  test("over seeds the interval is Student's, and no narrower than one seed's", () => {
    const { interval } = suggestedBy(probedAt(0.5), probedAt(0.6), probedAt(0.7)).probed;
    expect(interval!.low).toBeCloseTo(0.6 - (4.3027 * 0.1) / Math.sqrt(3), 4);
    const agreed = suggestedBy(probedAt(0.6), probedAt(0.6), probedAt(0.6)).probed.interval!;
    expect(agreed.low).toBeCloseTo(suggestedBy(probedAt(0.6)).probed.interval!.low, 12);
  });

  test("offers heads that lie evenly in energy and leave some", () => {
    expect(actionOf("candidates", probedAt(0.6))).toEqual({ option: "taus", value: [0, 8, 16] });
    const optima = probing(
      [0, 1, 0.1],
      [4, 0.9, 0.3],
      [8, 0.6, 0.5],
      [16, 0.5, 0.6],
      ["converged", 0.4, 0.6],
      ["converged:0", 0, 0.6],
    );
    const asked = evidence({ probing: optima, runs: [] });
    expect(actionOf("candidates", asked)).toEqual({ option: "taus", value: [0, 4, 8, "converged"] });
  });

  test.each<[RuleId, Evidence, Evidence]>([
    ["probe-little", probedAt(0.2), probedAt(0.6)],
    ["partial-backbone", probedAt(0.2), probedAt(0.2, { reinitialisedBlocks: 1 })],
    ["candidates", probedAt(0.6), probedAt(0.2)],
    ["probe-long", probedAt(0.6), probedAt(0.6, { probing: probing([0, 0.9, 0.1], ["converged", 0.6, 0.6]) })],
    ["larger-head", probedAt(0.6, { probing: probing([0, 0.9, 0.1], [8, 0.6, 0.6]) }), probedAt(0.6)],
    ["energy-flat", probedAt(0.6, { probing: probing([0, 0.9, 0.1], [8, 0.85, 0.6]) }), probedAt(0.6)],
    [
      "generalisation-gap",
      probedAt(0.6, { probing: probing([0, 0.9, 0.1], [8, 0.3, 0.6]).map((one) => ({ ...one, trainScore: 0.95 })) }),
      probedAt(0.6),
    ],
    ["test-set", probedAt(0.6, { test: null }), probedAt(0.6)],
    ["pull", probedAt(0.6), probedAt(0.6, { probing: probedAt(0.6).probing.map((one) => ({ ...one, pull: null })) })],
  ])("%s speaks where it should, and nowhere else", (id, speaks, silent) => {
    expect(spoken(speaks)).toContain(id);
    expect(spoken(silent)).not.toContain(id);
    expect(probedRules.flatMap(({ of }) => of.map((rule) => rule.id))).toContain(id);
  });
});
