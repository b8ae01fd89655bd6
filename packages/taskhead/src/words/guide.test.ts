import { type Evidence, guide, type Tau } from "@taskhead/core";
import type { Advice, AdviceOf, RuleId, RunEvidence } from "@taskhead/core/internals";
import { describe, expect, it } from "vitest";
import { plain } from "./format.js";
import { byPart, inWords, say } from "./guide.js";
import { peakInWords } from "./peak.js";
import { subjectOf, type GuideSubject } from "./subject.js";

const images: GuideSubject = {
  objective: "classification",
  metric: { name: "accuracy", percent: true, chance: 0.1 },
  sample: "image",
  validationSamples: 1000,
  seeds: 1,
  starts: "tau",
};
const molecules: GuideSubject = {
  objective: "multi-label",
  metric: { name: "mean ROC-AUC", percent: false, chance: 0.5 },
  sample: "molecule",
  validationSamples: 300,
  seeds: 1,
  starts: "tau",
};
const yields: GuideSubject = {
  ...molecules,
  objective: "regression",
  metric: { name: "R²", percent: false, chance: 0 },
};

/** What a rule says of its numbers. */
function said<Id extends RuleId>(
  rule: Id,
  numbers: AdviceOf<Id>["numbers"],
  subject = images,
  action?: AdviceOf<Id>["action"],
): string {
  const advice = { rule, part: "seen", source: "Regimes", numbers, ...(action ? { action } : {}) };
  return say(advice as Advice, subject);
}

describe("the guide's words", () => {
  const mild = { probed: { tau: 8, score: 0.6 }, tuned: 0.75, removed: 0.375 };

  it("name the regime, with the numbers behind it", () => {
    expect(said("mild", mild)).toBe(
      "Mild adaptation: the pretrained features half suit this task. Probing alone gets 60.0 % (tau 8), fine-tuning 75.0 %: most of what can be learned was in the features, and fine-tuning removes 37.5 % of the errors that probing leaves.",
    );
  });

  it("say what a score measures where it is no accuracy", () => {
    expect(said("mild", mild, molecules)).toMatch(
      /gets mean ROC-AUC 0\.600 \(tau 8\), fine-tuning 0\.750: .* puts right 37\.5 % of the pairs that probing leaves in the wrong order\.$/,
    );
    expect(said("mild", mild, yields)).toMatch(/R² 0\.600 .* explains 37\.5 % of the variance that probing leaves/);
    const chosen = { tau: 4, score: 0.8731, epoch: 3, learningRate: 0.001, exported: null };
    expect(said("chosen", chosen, molecules)).toBe(
      "Chosen: tau 4, epoch 3, rate 0.001, with mean ROC-AUC 0.873 on 300 validation molecules.",
    );
    expect(said("chosen", { ...chosen, exported: { blend: "soup", score: 0.9 } })).toMatch(
      /87\.3 % of 1000 validation images right\. The exported model is no single run but .*\(greedy soup\), with 90\.0 %\.$/,
    );
    expect(said("chosen", chosen, { ...images, seeds: 3 })).toBe(
      "Chosen: tau 4, epoch 3, rate 0.001, with 87.3 % of 1000 validation images right, means over 3 seeds.",
    );
  });

  it("say a difference in points of percent or plainly, with its interval and what that rests on", () => {
    const behind = { difference: 0.02, low: -0.004, high: 0.044, basis: "paired hits" } as const;
    const numbers = { tau: 4, rivals: [{ tau: 0.125, behind }], close: true };
    expect(said("no-difference", numbers)).toBe(
      "It makes little difference here: tau 4 is not measurably better than tau 0.125, ahead by 2.0 points (95 %: −0.4 to 4.4). The intervals compare the runs image by image on the 1000 validation images (McNemar).",
    );
    const paired = { ...behind, basis: "paired contributions" } as const;
    expect(said("no-difference", { tau: 4, rivals: [{ tau: 0, behind: paired }], close: false }, yields)).toMatch(
      /^The taus cannot be told apart here: .* tau 0, ahead by 0\.020 \(95 %: −0\.004 to 0\.044\)\. The intervals compare what each of the 300 validation molecules adds/,
    );
    const independent = { ...behind, basis: "independent samples" } as const;
    expect(said("some-worse", { rivals: [{ tau: 0, behind: independent }] })).toContain(
      "from the standard error of the difference on 1000 validation images, as it was not kept which images each run got right",
    );
    const seeds = { ...behind, basis: "seeds" } as const;
    expect(said("some-worse", { rivals: [{ tau: 0, behind: seeds }] }, { ...images, seeds: 3 })).toContain(
      "over 3 seeds",
    );
  });

  it("say where fine-tuning measurably loses", () => {
    const gain = { difference: -0.2, low: -0.27, high: -0.1, basis: "paired contributions" } as const;
    expect(said("probing-alone", { gain }, yields, { option: "method", value: "lp" })).toBe(
      "Take the probed head alone (--method lp): fine-tuning loses 0.200 (95 %: 0.100 to 0.270) against probing alone.",
    );
  });

  it("say that an interval is not known", () => {
    const gain = { difference: 0.02, low: null, high: null, basis: "nothing" } as const;
    expect(said("difference-unknown", { rivals: [{ tau: 0, behind: gain }] }, molecules)).toBe(
      "Whether this is chance is not known: tau 0, behind by 0.020 (interval not known). It was not kept what each of the 300 validation molecules adds to the score; runs of several seeds would tell.",
    );
    expect(said("regime-uncertain", { gain }, molecules)).toMatch(
      /^How sure the regime is.*gains 0\.020 \(interval not known\)/,
    );
  });

  it("say what probing alone suggests, on which interval, and what fine-tuning makes of it", () => {
    const probed = { tau: 8, score: 0.6, interval: { low: 0.57, high: 0.63 } };
    const numbers = { probed, share: 5 / 9, chance: 0.1, regimes: ["mild"], strongExcluded: true } as const;
    expect(said("suggested", numbers)).toBe(
      "Nothing is fine-tuned yet; mild adaptation is likely. Probing alone gets 60.0 % (95 %: 57.0 % to 63.0 %) on 1000 validation images at its best (tau 8), 55.6 % of the way from guessing (10.0 %) to all right. Strong adaptation is excluded: even perfect fine-tuning would not get twice as far. Only fine-tuning tells how much more there is to gain.",
    );
    const unknown = { ...numbers, probed: { ...probed, interval: null }, regimes: ["mild", "strong"] } as const;
    expect(said("suggested", { ...unknown, strongExcluded: false }, molecules)).toMatch(
      /^Nothing is fine-tuned yet; mild or strong adaptation is likely\. .* mean ROC-AUC 0\.600, how sure is not known, on 300 .* to 1, which is perfect\. Only/,
    );
    expect(said("regime-revised", { suggested: ["mild"], found: ["mild"] })).toBe(
      "Probing alone suggested mild adaptation, and fine-tuning confirms it.",
    );
    expect(said("regime-revised", { suggested: ["mild"], found: ["strong"] })).toBe(
      "Probing alone suggested mild adaptation; fine-tuning says strong.",
    );
    expect(said("regime-revised", { suggested: ["tiny", "mild"], found: ["tiny", "mild"] })).toMatch(
      /leaves open whether it is tiny or mild\.$/,
    );
  });

  it("say whether something rises and falls, over seeds and of one", () => {
    const line = { points: 4, slope: 1, p: 1 / 24 };
    const one = { at: 4, lines: { rise: line, fall: { ...line, slope: -1, p: 1 / 6 }, p: 1 / 6 }, shown: true };
    const three = { seeds: [one, one, one], shown: 3, significant: 0, p: 1 / 8 };
    expect(plain(peakInWords(three))).toBe(
      "grows, then falls in 3 of 3 seeds (sign test p = 0.13; 0 significant by themselves)",
    );
    expect(peakInWords({ seeds: [one], shown: 1, significant: 0, p: null })).toBe(
      "is highest at tau 4 and falls away on both sides (two lines, p = 0.17: may be chance)",
    );
    expect(peakInWords({ seeds: [{ ...one, at: "energy:0.5" }], shown: 1, significant: 0, p: null })).toMatch(
      /^is highest at energy 0.5 and falls/,
    );
    const end = { seeds: [{ at: 0, lines: null, shown: false }], shown: 0, significant: 0, p: null };
    expect(peakInWords(end)).toMatch(/^is highest at tau 0, too near an end/);
  });

  it("give actions as flags", () => {
    expect(said("probe-little", {}, images, { option: "taus", value: [0, 0.125, 0.5, 1] })).toContain(
      "(--taus 0,0.125,0.5,1)",
    );
    expect(said("partial-backbone", {}, images, { option: "reinitBlocks", value: 1 })).toContain(
      "(--reinit-blocks 1, then 2)",
    );
    const without = ["method", "taus"];
    expect(said("more-taus", { tau: 4 }, images, { option: "starts", value: 3, without })).toMatch(
      / \(--starts 3, without --method and --taus\)\.$/,
    );
    expect(said("partial-backbone", {}, images, { option: "reinitBlocks", value: 1, without: ["energyBy"] })).toContain(
      "(--reinit-blocks 1, then 2, without --energy-by)",
    );
    expect(said("test-set", {}, molecules, { option: "test" })).toContain(
      "on molecules that had no part in it (--test)",
    );
  });

  it("know the largest taus and learning rates by all their digits", () => {
    expect(said("probing-unfinished", { tau: 1024 })).toContain("at tau 1024,");
    expect(said("chosen", { tau: "converged", score: 0.5, epoch: 2, learningRate: 0.00005, exported: null })).toContain(
      "tau converged, epoch 2, rate 0.00005,",
    );
  });
});

/** A tuning of each kind, with and without what each sample adds. */
function tunings(): Evidence[] {
  const run = (tau: Tau, score: number, kept: boolean, right: boolean): RunEvidence => ({
    tau,
    energy: 0.5,
    headNorm: 2 + Number(tau === 4),
    learningRate: 0.01,
    diverged: false,
    collapsed: false,
    score,
    bestEpoch: 5,
    euclidean: 10,
    cosine: 0.8,
    dot: 300,
    norm: 20,
    hits: kept && right ? "1".repeat(Math.round(300 * score)).padEnd(300, "0") : null,
    contributions: kept && !right ? Array.from({ length: 300 }, (_, n) => score + (n % 2 ? 0.2 : -0.2)) : null,
  });
  return [images, molecules, yields].flatMap(({ objective, metric, sample }) =>
    [true, false].map((kept) => ({
      objective,
      metric,
      sample,
      outputs: 4,
      validationSamples: 300,
      featureNorm: 20,
      head: "linear" as const,
      probeLoss: "ce" as const,
      growingSteps: true,
      smoothing: 0,
      reinitialisedBlocks: 0,
      epochs: 5,
      asked: { method: "hp-ft" as const, probeEpochs: 64, given: [] },
      compared: [],
      test: null,
      batchNormShift: 3,
      temperature: null,
      exported: null,
      probing: [0, 4].map((tau) => ({
        tau,
        energy: 0.9 - tau / 10,
        score: 0.5 + tau / 40,
        trainScore: 0.6,
        headNorm: 2,
        pull: 0.3,
        hits: null,
        contributions: null,
      })),
      runs: [0, 1, 4].map((tau) => run(tau, 0.8 + tau / 100, kept, objective === "classification")),
    })),
  );
}

describe("whatever is predicted", () => {
  it.each(tunings().map((one) => [one.objective, one] as const))("%s: no number is missing in the words", (_, one) => {
    const subject = subjectOf([one]);
    const { advice } = guide([one]);
    const told = inWords(advice, subject);
    expect(told.length).toBeGreaterThan(6);
    for (const { text } of told) expect(text).not.toMatch(/NaN|undefined|null|Infinity|–|\u00a0/);
    if (one.sample !== "image") for (const { text } of told) expect(text).not.toMatch(/images?\b|errors/);
    expect(byPart(advice, subject).flatMap(({ sentences }) => sentences)).toEqual(told.map(({ text }) => text));
  });
});
