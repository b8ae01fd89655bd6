import type { ProbedAndTuned } from "../advice.js";
import type { Facts } from "../facts.js";
import { errorsRemoved } from "../probed.js";
import type { Rule } from "../rule.js";

/** Which regime a task is in: exactly one of these speaks. */
export const regime: readonly Rule[] = [
  {
    id: "tiny",
    source: "Regimes",
    when: ({ regime }) => regime === "tiny",
    numbers: scores,
  },
  {
    id: "mild",
    source: "Regimes",
    when: ({ regime }) => regime === "mild",
    numbers: (f) => ({ ...scores(f), removed: errorsRemoved(f.probed.score, f.winner.score) }),
  },
  {
    id: "strong",
    source: "Regimes",
    when: ({ regime }) => regime === "strong",
    numbers: (f) => ({ ...scores(f), chance: f.metric.chance }),
  },
  {
    id: "regime-open",
    source: "Regimes",
    when: ({ regimes, nothing }) => regimes.length + Number(nothing) > 1,
    numbers: (f) => ({ ...scores(f), gain: f.gain, regimes: f.regimes, nothing: f.nothing }),
  },
  {
    id: "nothing-learned",
    source: "Regimes",
    when: ({ regimes }) => regimes.length === 0,
    numbers: ({ winner, metric }) => ({ tuned: winner.score, chance: metric.chance }),
  },
];

function scores({ probed, winner }: Facts): ProbedAndTuned {
  return { probed: { tau: probed.tau, score: probed.score }, tuned: winner.score };
}
