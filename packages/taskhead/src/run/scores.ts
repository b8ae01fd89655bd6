import type { ClassResult } from "../report/index.js";

/** The class with the largest logit for each row; ties go to the lower class, as everywhere else. */
export function predictions(logits: Float32Array, classes: number): Int32Array {
  const chosen = new Int32Array(logits.length / classes);
  for (let row = 0; row < chosen.length; row++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[row * classes + c]! > logits[row * classes + best]!) best = c;
    chosen[row] = best;
  }
  return chosen;
}

export function accuracyOf(predicted: ArrayLike<number>, labels: ArrayLike<number>): number {
  let right = 0;
  for (let i = 0; i < labels.length; i++) if (predicted[i] === labels[i]) right++;
  return right / labels.length;
}

/** Image counts: rows are the true class, columns the predicted one. */
export function confusionOf(predicted: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]![predicted[i]!]!++;
  return counts;
}

export function classResults(confusion: number[][], classes: readonly string[]): ClassResult[] {
  return classes.map((label, c) => {
    const support = confusion[c]!.reduce((sum, n) => sum + n, 0);
    const claimed = confusion.reduce((sum, row) => sum + row[c]!, 0);
    const correct = confusion[c]![c]!;
    return {
      label,
      support,
      correct,
      precision: claimed ? correct / claimed : null,
      recall: support ? correct / support : null,
    };
  });
}

export function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const top = Math.max(...values);
  const weights = values.map((v) => Math.exp(v - top));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / sum);
}
