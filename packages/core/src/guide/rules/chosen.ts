import { isLevel, makesNoDifference } from "../facts.js";
import type { Rule } from "../rule.js";
import { basisOf, number, percent, points, taus, tauText } from "../words.js";

/** What was chosen, and how sure that is. */
export const chosen: readonly Rule[] = [
  {
    id: "chosen",
    source: "Choosing in practice",
    when: () => true,
    says: ({ winner, validationImages, seeds }) =>
      `Chosen: tau ${tauText(winner.tau)}, epoch ${number(winner.bestEpoch)}${winner.learningRate === null ? "" : `, rate ${number(winner.learningRate)}`}, with ${percent(winner.accuracy)} of ${validationImages} validation images right${seeds > 1 ? `, means over ${seeds} seeds` : ""}.`,
  },
  {
    id: "no-difference",
    source: "Choosing in practice",
    when: makesNoDifference,
    says: (f) =>
      `It makes no difference here: tau ${tauText(f.winner.tau)} is not measurably better than ${f.rivals.map((r) => `${taus([r])}, ${points(r.behind)}`).join("; ")}. ${basisOf(f.rivals[0]!.behind, f)}`,
  },
  {
    id: "some-level",
    source: "Choosing in practice",
    when: (f) => f.rivals.some(isLevel) && !makesNoDifference(f),
    says: (f) =>
      `Not measurably worse: ${f.rivals
        .filter(isLevel)
        .map((r) => `${taus([r])}, behind by ${points(r.behind)}`)
        .join("; ")}. Another seed may well choose otherwise.`,
  },
  {
    id: "some-worse",
    source: "Choosing in practice",
    when: ({ rivals }) => rivals.some((r) => !isLevel(r)),
    says: (f) => {
      const worse = f.rivals.filter((r) => !isLevel(r));
      return `Measurably worse: ${worse.map((r) => `${taus([r])}, behind by ${points(r.behind)}`).join("; ")}. ${basisOf(worse[0]!.behind, f)}`;
    },
  },
  {
    id: "stopped-early",
    source: "Choosing in practice",
    when: ({ stopped }) => stopped.length > 0,
    says: ({ stopped }) =>
      `Stopped early: ${taus(stopped)}, behind after equally many epochs (successive halving). They are not compared further.`,
  },
];
