/** Sample counts, [k][k]: rows are the true class, columns the predicted one. */
export function confusionOf(predicted: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]![predicted[i]!]!++;
  return counts;
}

/** One class on a set. */
export interface ClassCounts {
  /** Samples of this class. */
  support: number;
  correct: number;
  /** null where no sample was taken for it */
  precision: number | null;
  /** null where it has no sample */
  recall: number | null;
}

/** Precision and recall of every class, from a confusion matrix. */
export function classCounts(confusion: readonly (readonly number[])[]): ClassCounts[] {
  return confusion.map((row, c) => {
    const support = row.reduce((sum, n) => sum + n, 0);
    const claimed = confusion.reduce((sum, one) => sum + one[c]!, 0);
    const correct = row[c]!;
    return {
      support,
      correct,
      precision: claimed ? correct / claimed : null,
      recall: support ? correct / support : null,
    };
  });
}
