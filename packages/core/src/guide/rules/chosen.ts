import type { Behind } from "../advice.js";
import { isClose, isLevel, isUnknown, isWorse, makesNoDifference, type Rival } from "../facts.js";
import type { Rule } from "../rule.js";

/** What was chosen, and how sure that is. */
export const chosen: readonly Rule[] = [
  {
    id: "chosen",
    source: "Choosing in practice",
    when: () => true,
    numbers: ({ winner: { tau, score, bestEpoch: epoch, learningRate }, exported }) => ({
      tau,
      score,
      epoch,
      learningRate,
      exported,
    }),
  },
  {
    id: "no-difference",
    source: "Choosing in practice",
    when: makesNoDifference,
    numbers: (f) => ({
      tau: f.winner.tau,
      rivals: f.rivals.map(behind),
      close: f.rivals.every((rival) => isClose(rival.behind, f)),
    }),
  },
  {
    id: "some-level",
    source: "Choosing in practice",
    when: (f) => f.rivals.some(isLevel) && !makesNoDifference(f),
    numbers: ({ rivals }) => ({ rivals: rivals.filter(isLevel).map(behind) }),
  },
  {
    id: "some-worse",
    source: "Choosing in practice",
    when: ({ rivals }) => rivals.some(isWorse),
    numbers: ({ rivals }) => ({ rivals: rivals.filter(isWorse).map(behind) }),
  },
  {
    id: "difference-unknown",
    source: "Choosing in practice",
    when: ({ rivals }) => rivals.some(isUnknown),
    numbers: ({ rivals }) => ({ rivals: rivals.filter(isUnknown).map(behind) }),
  },
];

function behind({ tau, behind }: Rival): Behind {
  return { tau, behind };
}
