import { DataError } from "../given/errors.js";
import { requireOptions, requireWanted } from "../given/require.js";
import { oneOf, whole } from "../given/wanted.js";
import { crossEntropy } from "@taskhead/autograd";
import { targetCount, type Targets } from "../data/targets.js";
import { classMetrics, type ClassMetric } from "./class-metrics.js";
import { guarded } from "./guarded.js";
import { argmax, softmax } from "./logits.js";
import type { Measured, Metric, Objective, Outputs, Score } from "./objective.js";
import { meanOfOutputs, tallyOf } from "./output-scores.js";
import { rocAuc } from "./roc-auc.js";

/**
 * One class of k: cross-entropy, energy mean ‖e_y − p‖₂ in 0..√2 (Ren et al. 2023), accuracy or, of two classes, ROC-AUC.
 * Targets are class indices, [N].
 * @throws {Error} for ROC-AUC of more classes
 */
export function classification(classes: number, options: { metric?: ClassMetric } = {}): Objective {
  requireWanted("classification", classes, whole({ from: 2 }));
  requireOptions("classification", options, { metric: oneOf(classMetrics) });
  const { metric = "accuracy" } = options;
  const ranked = metric === "roc-auc";
  if (ranked && classes !== 2)
    throw new DataError(`roc-auc tells two classes apart, and there are ${classes}; take accuracy, or two of them`);
  return guarded({
    name: "classification",
    outputs: classes,
    guess: Math.log(classes),
    curvature: 1 / 4,
    metric: ranked ? rocAucOfTwo : { name: "accuracy", percent: true, chance: 1 / classes },
    activation: "Softmax",
    refuses({ data, shape, starts }) {
      if (starts) return "a sample has several of them; give one (classTargets), or learn tags (tokenClassification)";
      if (!(data instanceof Int32Array) || shape.length > 0)
        return "they are numbers; give one class index a sample (classTargets)";
      return noClass(data, classes);
    },
    loss: ({ smoothing, weights } = {}) => crossEntropy({ logits: "logits", smoothing, classWeights: weights }),
    /** e_y − p */
    residual({ logits, activated = softmax(logits, classes) }, { data: labels }) {
      requireClasses(labels, classes);
      const residual = new Float64Array(activated.length);
      for (let i = 0; i < residual.length; i++) residual[i] = -activated[i]!;
      for (let n = 0; n < labels.length; n++) residual[n * classes + labels[n]!]! += 1;
      return residual;
    },
    measure: (outputs, { data: labels }) => ({
      ...measure(outputs, labels, classes),
      ...(ranked ? { score: rankedScore(outputs, labels).value } : {}),
    }),
    score(outputs, { data: labels }) {
      if (ranked) return rankedScore(outputs, labels);
      const { logits } = outputs;
      const right = rightOf(logits, labels, classes);
      return { value: count(right) / labels.length, hits: right.map((r) => (r ? "1" : "0")).join("") };
    },
    tally: (outputs, { data: labels }) =>
      ranked
        ? tallyOf(rankedScore(outputs, labels), labels.length)
        : { sum: count(rightOf(outputs.logits, labels, classes)), of: labels.length },
    weight: targetCount,
  });
}

const rocAucOfTwo: Metric = { name: "ROC-AUC", percent: false, chance: 0.5 };

/** By q₁ − q₀, which ranks as the second class's probability does. */
function rankedScore({ logits }: Outputs, labels: Targets["data"]): Score {
  requireClasses(labels, 2);
  const margins = Array.from(labels, (_, n) => logits[2 * n + 1]! - logits[2 * n]!);
  return meanOfOutputs([rocAuc(margins, [...labels])], labels.length);
}

/** The first label that is no class, in words. */
function noClass(labels: Targets["data"], classes: number): string | undefined {
  let at = 0;
  while (at < labels.length && labels[at]! >= 0 && labels[at]! < classes) at++;
  if (at === labels.length) return undefined;
  return `sample ${at} has class ${labels[at]}, but there are ${classes} (0 to ${classes - 1}); correct it, or say how many classes there are`;
}

/** @throws {DataError} if a label is no class: it would count in some sums and not in others. */
function requireClasses(labels: Targets["data"], classes: number): void {
  const wrong = noClass(labels, classes);
  if (wrong !== undefined) throw new DataError(wrong);
}

/** Which rows have their highest logit at their label; of equal ones the first counts. */
function rightOf(logits: ArrayLike<number>, labels: Targets["data"], classes: number): boolean[] {
  requireClasses(labels, classes);
  return Array.from(argmax(logits, classes), (predicted, n) => predicted === labels[n]);
}

function count(right: readonly boolean[]): number {
  return right.filter(Boolean).length;
}

/** In one pass over the logits: probing measures often. */
function measure({ logits, activated }: Outputs, labels: Targets["data"], classes: number): Measured {
  requireClasses(labels, classes);
  const probabilities = activated ?? softmax(logits, classes);
  let loss = 0;
  let energy = 0;
  let correct = 0;
  for (let n = 0; n < labels.length; n++) {
    const start = n * classes;
    const target = start + labels[n]!;
    let best = target;
    let highest = logits[target]!;
    // Σ p and Σ p² over the other classes: 1 − p_y by subtraction would lose the digits of a small energy.
    let others = 0;
    let squares = 0;
    // Of equal logits the first counts.
    for (let i = start; i < target; i++) {
      const p = probabilities[i]!;
      others += p;
      squares += p * p;
      if (logits[i]! >= highest) {
        best = i;
        highest = logits[i]!;
      }
    }
    for (let i = target + 1; i < start + classes; i++) {
      const p = probabilities[i]!;
      others += p;
      squares += p * p;
      if (logits[i]! > highest) {
        best = i;
        highest = logits[i]!;
      }
    }
    // −log p_y, by way of the largest probability: that one is never rounded to 0.
    loss += highest - logits[target]! - Math.log(probabilities[best]!);
    energy += Math.sqrt(others * others + squares);
    if (best === target) correct++;
  }
  const count = labels.length;
  return { loss: loss / count, energy: energy / count, score: correct / count };
}
