import { type Evidence, guide, type Tau } from "@taskhead/core";
import type { RuleId, RunEvidence } from "@taskhead/core/internals";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inWords } from "./guide.js";
import { subjectOf } from "./subject.js";

/** What the guide says of whatever may come out of a tuning: few samples or many, all right or all wrong. */

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(some, { nil: null, freq: 4 });

/** A run whose score is that of its samples; `pick` draws which of them are right. */
function runOf(tau: Tau, kind: Kind, score: number, pick: number, rest: Partial<RunEvidence>): RunEvidence {
  const { samples, metric } = kind;
  const right = Math.round(score * samples);
  const hits = Array.from({ length: samples }, (_, n) => ((n * 7 + pick) % samples < right ? "1" : "0")).join("");
  const exact = [...hits].filter((hit) => hit === "1").length / samples;
  const accuracy = metric.name === "accuracy";
  return {
    tau,
    energy: 0.5,
    headNorm: 2,
    learningRate: 0.01,
    diverged: false,
    collapsed: false,
    score: accuracy ? exact : score,
    bestEpoch: 3,
    euclidean: 4,
    cosine: 0.8,
    dot: 300,
    norm: 20,
    hits: accuracy && pick % 5 > 0 ? hits : null,
    contributions: !accuracy && pick % 3 > 0 ? [...hits].map((hit) => score + (hit === "1" ? 0.2 : -0.2)) : null,
    ...rest,
  };
}

interface Kind {
  objective: Evidence["objective"];
  metric: Evidence["metric"];
  samples: number;
}

const kinds: fc.Arbitrary<Kind> = fc
  .record({
    samples: fc.constantFrom(1, 4, 13, 60, 300),
    of: fc.constantFrom<Pick<Kind, "objective" | "metric">>(
      { objective: "classification", metric: { name: "accuracy", percent: true, chance: 0.1 } },
      { objective: "classification", metric: { name: "accuracy", percent: true, chance: 0.5 } },
      { objective: "multi-label", metric: { name: "mean ROC-AUC", percent: false, chance: 0.5 } },
      { objective: "regression", metric: { name: "R²", percent: false, chance: 0 } },
    ),
  })
  .map(({ samples, of }) => ({ ...of, samples }));

const taus: fc.Arbitrary<Tau[]> = fc.subarray<Tau>([0, 0.25, 1, 4, 16, "converged"], { minLength: 1 });

const details = fc.record({
  energy: fc.double({ min: 0, max: 1.4, noNaN: true }),
  headNorm: fc.double({ min: 0, max: 50, noNaN: true }),
  learningRate: maybe(fc.constantFrom(0.01, 0.001)),
  bestEpoch: fc.integer({ min: 0, max: 5 }),
  euclidean: maybe(fc.double({ min: 0, max: 100, noNaN: true })),
  cosine: maybe(fc.double({ min: -1, max: 1, noNaN: true })),
  dot: maybe(fc.double({ min: -100, max: 100, noNaN: true })),
  norm: maybe(fc.double({ min: 0, max: 100, noNaN: true })),
});
const endings = fc.constantFrom("finished", "finished", "finished", "diverged");
const none = {
  score: null,
  bestEpoch: null,
  euclidean: null,
  cosine: null,
  dot: null,
  norm: null,
  hits: null,
  contributions: null,
};

const tuning = (kind: Kind, tried: readonly Tau[]): fc.Arbitrary<Evidence> =>
  fc
    .record({
      featureNorm: fc.double({ min: 0, max: 50, noNaN: true }),
      growingSteps: fc.boolean(),
      probeLoss: fc.constantFrom<Evidence["probeLoss"]>("ce", "ce", "mse"),
      smoothing: fc.constantFrom(0, 0.1),
      reinitialisedBlocks: fc.constantFrom(0, 1),
      batchNormShift: maybe(fc.double({ min: 0, max: 20, noNaN: true })),
      test: maybe(fc.constantFrom({ samples: 20, seen: 0 }, { samples: 20, seen: 1 }, { samples: 20, seen: 20 })),
      temperature: maybe(fc.constant({ value: 1.8, low: 1.4, high: 2.3, before: 0.1, after: 0.03 })),
      exported: maybe(
        fc.constantFrom({ blend: "soup" as const, score: 0.8 }, { blend: "wise-ft" as const, score: 0.7 }),
      ),
      head: fc.constantFrom<Evidence["head"]>("linear", "mlp"),
      probed: fc.array(fraction, { minLength: 3, maxLength: 3 }),
      runs: fc.tuple(
        ...tried.map((tau) =>
          fc.tuple(fraction, fc.nat(50), details, endings).map(([score, pick, rest, end]) =>
            runOf(tau, kind, score, pick, {
              ...rest,
              ...(end === "diverged" ? { ...none, diverged: true } : {}),
            }),
          ),
        ),
      ),
    })
    .map(({ probed, ...rest }) => ({
      objective: kind.objective,
      metric: kind.metric,
      sample: "image",
      outputs: 4,
      validationSamples: kind.samples,
      epochs: 5,
      asked: { method: "hp-ft" as const, probeEpochs: 64, given: [] },
      compared: [],
      probing: probed.map((score, i) => ({
        tau: ([0, 4, 16] as const)[i]!,
        energy: 1 - score / 2,
        score: kind.metric.name === "accuracy" ? Math.round(score * kind.samples) / kind.samples : score,
        trainScore: i === 1 ? null : Math.min(1, score + 0.2),
        headNorm: [1, 2, 9][i]!,
        pull: i === 2 ? null : score - 0.3,
        hits: null,
        contributions: null,
      })),
      ...rest,
    }));

const tunings = fc
  .tuple(kinds, taus, fc.integer({ min: 1, max: 3 }))
  .chain(([kind, tried, seeds]) => fc.array(tuning(kind, tried), { minLength: seeds, maxLength: seeds }));

/** Pairs of which one advises, or claims, what the other forbids. */
const contradicting: [RuleId, RuleId][] = [
  ["probe-long", "probe-little"],
  ["probe-long", "stop-early"],
  ["probe-long", "around-the-middle"],
  ["probing-unfinished", "probe-little"],
  ["probing-unfinished", "partial-backbone"],
  ["probing-alone", "more-epochs"],
  ["probing-alone", "neither-good"],
  ["probing-alone", "least-moved"],
  ["probing-alone", "probe-little"],
  ["probing-alone", "partial-backbone"],
  ["no-difference", "some-worse"],
  ["no-difference", "some-level"],
  ["no-difference", "around-the-middle"],
  ["no-difference", "stop-early"],
  ["no-difference", "less-energy"],
  ["less-energy", "stop-early"],
  ["least-moved", "some-worse"],
  ["energy-high", "energy-low"],
  ["energy-moves-features", "energy-does-not-rank"],
  ["more-taus", "no-difference"],
  ["more-taus", "taus-by-size"],
  ["candidates", "taus-by-size"],
  ["around-the-middle", "taus-by-size"],
  ["stop-early", "taus-by-size"],
  ["less-energy", "taus-by-size"],
  ["probing-alone", "taus-by-size"],
  ["test-set", "test-seen"],
  ["regime-open", "larger-head"],
  ["regime-open", "partial-backbone"],
  ["nothing-learned", "probing-alone"],
  ["nothing-learned", "probe-long"],
];
const regimes: RuleId[] = ["tiny", "mild", "strong", "nothing-learned", "regime-open"];

describe("whatever was measured", () => {
  it("the guide does not contradict itself, err in a sign, or lack a number", () => {
    fc.assert(
      fc.property(tunings, (all) => {
        const { regime, advice } = guide(all);
        const said = new Map(inWords(advice, subjectOf(all)).map((one) => [one.rule, one]));
        for (const [one, other] of contradicting) expect([one, said.has(one) && said.has(other)]).toEqual([one, false]);
        const named = regimes.filter((rule) => said.has(rule));
        expect(named).toHaveLength(said.has("nothing-finished") ? 0 : 1);
        expect(regime).toBe(["tiny", "mild", "strong"].includes(named[0]!) ? named[0] : null);
        for (const { text } of said.values()) {
          expect(text).not.toMatch(/NaN|undefined|null|Infinity|∞|–/);
          // A verb or "by" has the direction already.
          expect(text).not.toMatch(/(by|gains|loses|adds|ahead|behind|more|less|level) [+−-]/);
          expect(text).not.toMatch(/\b(gains|loses|behind by|ahead by) 0\.0(00)?\b/);
          expect(text).not.toMatch(/difference here: .* not known/);
        }
        const moved = advice.find((one) => one.rule === "moved");
        if (moved?.numbers.howFar === "far" && (regime === "tiny" || regime === "mild"))
          expect(said.get("moved")!.text).toMatch(/far: .*, though/);
        const neither = said.get("neither-good")?.text ?? "";
        if (said.has("lower-rate")) expect(neither).not.toContain("higher rate");
      }),
      { numRuns: 200, seed: 13 },
    );
  });

  it("probing alone suggests a regime and claims none, without a contradiction or a missing number", () => {
    fc.assert(
      fc.property(tunings, (all) => {
        const { regime, suggested, advice } = guide(all.map((one) => ({ ...one, runs: [] })));
        const said = new Map(inWords(advice, subjectOf(all)).map((one) => [one.rule, one]));
        expect([regime, suggested.length > 0, said.has("suggested")]).toEqual([null, true, true]);
        const pairs: [RuleId, RuleId][] = [
          ...contradicting,
          ["candidates", "probe-little"],
          ["energy-flat", "energy-low"],
        ];
        for (const [one, other] of pairs) expect([one, said.has(one) && said.has(other)]).toEqual([one, false]);
        for (const { text } of said.values()) expect(text).not.toMatch(/NaN|undefined|null|Infinity|∞|–/);
      }),
      { numRuns: 100, seed: 13 },
    );
  });

  it("few images carry no claim: neither a regime, nor that runs are alike, nor a temperature", () => {
    const few = fc
      .tuple(kinds, taus)
      .filter(([{ metric, samples }]) => metric.name === "accuracy" && samples <= 13)
      .chain(([kind, tried]) => tuning({ ...kind, samples: 13 }, tried));
    fc.assert(
      fc.property(few, (one) => {
        const { advice } = guide([one]);
        const rules = advice.map(({ rule }) => rule);
        const difference = advice.find((each) => each.rule === "no-difference");
        if (difference) expect(difference.numbers.close).toBe(false);
        for (const claim of ["larger-head", "tiny"] as const) expect(rules).not.toContain(claim);
        const [gain] = advice.flatMap((each) => (each.rule === "probing-alone" ? [each.numbers.gain] : []));
        if (gain) expect(gain.high).toBeLessThan(0);
      }),
      { numRuns: 100, seed: 13 },
    );
  });
});
