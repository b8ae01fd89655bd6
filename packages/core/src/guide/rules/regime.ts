import { errorsRemoved, type Facts } from "../facts.js";
import type { Rule } from "../rule.js";
import { percent, tauText } from "../words.js";

/** Which regime a task is in: exactly one of these speaks. */
export const regime: readonly Rule[] = [
  {
    id: "tiny",
    source: "Regimes",
    when: ({ regime }) => regime === "tiny",
    says: (f) =>
      `Tiny adaptation: the pretrained features suit this task. ${scores(f)}: fine-tuning removes less than a tenth of the errors that probing leaves.`,
  },
  {
    id: "mild",
    source: "Regimes",
    when: ({ regime }) => regime === "mild",
    says: (f) =>
      `Mild adaptation: the pretrained features half suit this task. ${scores(f)}: most of what can be learned was in the features, and fine-tuning removes ${percent(errorsRemoved(f.probed.accuracy, f.winner.accuracy))} of the errors that probing leaves.`,
  },
  {
    id: "strong",
    source: "Regimes",
    when: ({ regime }) => regime === "strong",
    says: (f) =>
      `Strong adaptation: the pretrained features do not suit this task. ${scores(f)}: beyond guessing (${percent(f.chance)}), probing gets less than half as far.`,
  },
  {
    id: "nothing-learned",
    source: "Regimes",
    when: ({ regime }) => regime === null,
    says: ({ winner, chance }) =>
      `No regime can be named: fine-tuning gets ${percent(winner.accuracy)}, no better than guessing (${percent(chance)}). Look at labels, rate and epochs first.`,
  },
];

function scores({ probed, winner }: Facts): string {
  return `Probing alone gets ${percent(probed.accuracy)} (tau ${tauText(probed.tau)}), fine-tuning ${percent(winner.accuracy)}`;
}
