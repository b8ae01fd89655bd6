import { requireWanted } from "../given/require.js";
import { whole } from "../given/wanted.js";
import { wrongNumbers } from "./require-targets.js";
import { binaryCrossEntropy } from "@taskhead/autograd";
import type { Targets } from "../data/targets.js";
import { energyOf } from "./energy.js";
import { guarded } from "./guarded.js";
import { sigmoid } from "./logits.js";
import type { Objective, Outputs, OutputScore, Score } from "./objective.js";
import { meanOfOutputs, tallyOf } from "./output-scores.js";
import { rocAuc } from "./roc-auc.js";

/**
 * k labels, each yes, no, or not measured: binary cross-entropy, its mean over what was measured; energy mean ‖r_n‖₂ with
 * r_n = (y − σ(q)) · mask · N / (number measured), at q = 0 and all measured ½/√k; the mean ROC-AUC of the labels that have
 * both. Targets are 1, 0 or NaN, [N, k].
 */
export function multiLabel(labels: number): Objective {
  requireWanted("multiLabel", labels, whole({ from: 1 }));
  const each = ({ logits }: Outputs, targets: Targets): OutputScore[] =>
    Array.from({ length: labels }, (_, l) => rocAuc(...column(logits, targets, l)));
  const score = (outputs: Outputs, targets: Targets): Score =>
    meanOfOutputs(each(outputs, targets), targets.data.length / labels);
  const residual: Objective["residual"] = ({ logits, activated = sigmoid(logits) }, { data: y }) => {
    const share = y.length / labels / measuredIn(y);
    const residual = new Float64Array(activated.length);
    for (let i = 0; i < residual.length; i++) residual[i] = Number.isNaN(y[i]!) ? 0 : (y[i]! - activated[i]!) * share;
    return residual;
  };
  return guarded({
    name: "multi-label",
    outputs: labels,
    guess: Math.LN2,
    curvature: 1 / (4 * labels),
    metric: { name: "mean ROC-AUC", percent: false, chance: 0.5 },
    activation: "Sigmoid",
    refuses: (targets) =>
      wrongNumbers(targets, labels, (y) => y === 0 || y === 1, "1, 0, or NaN for what was not measured"),
    loss: ({ smoothing, weights } = {}) => binaryCrossEntropy({ logits: "logits", smoothing, weights }),
    residual,
    measure: (outputs, targets) => ({
      loss: meanLoss(outputs.logits, targets.data),
      energy: energyOf(residual(outputs, targets), labels),
      score: score(outputs, targets).value,
    }),
    score,
    each,
    tally: (outputs, targets) => tallyOf(score(outputs, targets), targets.data.length / labels),
    weight: ({ data }) => measuredIn(data),
  });
}

/** Mean of max(q, 0) − q·y + log(1 + e^−|q|) over what was measured. */
function meanLoss(logits: ArrayLike<number>, y: Targets["data"]): number {
  let total = 0;
  for (let i = 0; i < y.length; i++) {
    const q = logits[i]!;
    if (!Number.isNaN(y[i]!)) total += Math.max(q, 0) - q * y[i]! + Math.log1p(Math.exp(-Math.abs(q)));
  }
  return total / measuredIn(y);
}

function measuredIn(y: Targets["data"]): number {
  let count = 0;
  for (const one of y) if (!Number.isNaN(one)) count++;
  return count;
}

/** The logits and the targets of one label, all samples. */
function column(logits: ArrayLike<number>, { data, shape: [labels] }: Targets, label: number): [number[], number[]] {
  const of = (values: ArrayLike<number>): number[] =>
    Array.from({ length: data.length / labels! }, (_, n) => values[n * labels! + label]!);
  return [of(logits), of(data)];
}
