/** Measures on logits [N, k], row-major, against class indices [N]. All sums are in float64. */

/** softmax of each row, [N, k]. */
export function softmax(logits: ArrayLike<number>, classes: number): Float64Array {
  const p = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) softmaxRow(logits, start, classes, p);
  return p;
}

/** What a network says of labelled samples, in one pass over its logits. */
export interface Outcome {
  /** Mean cross-entropy with hard labels, in nats. */
  loss: number;
  /** See `energy`. */
  energy: number;
  /** The fraction of rows with their highest logit at their label; of equal logits the first counts. */
  accuracy: number;
}

/** @param probabilities softmax of each row of the logits, [N, k]; computed in float64 when left out */
export function outcome(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  probabilities: Float32Array | Float64Array = softmax(logits, classes),
): Outcome {
  let loss = 0;
  let energy = 0;
  let correct = 0;
  for (let n = 0; n < labels.length; n++) {
    const start = n * classes;
    const target = start + labels[n]!;
    let best = start;
    let highest = logits[start]!;
    // Σ p and Σ p² over the other classes: 1 − p_y by subtraction would lose the digits of a small energy.
    let others = 0;
    let squares = 0;
    for (let i = start; i < start + classes; i++) {
      const q = logits[i]!;
      if (q > highest) {
        best = i;
        highest = q;
      }
      if (i === target) continue;
      const p = probabilities[i]!;
      others += p;
      squares += p * p;
    }
    // −log p_y, by way of the largest probability: that one is never rounded to 0.
    loss += highest - logits[target]! - Math.log(probabilities[best]!);
    energy += Math.sqrt(others * others + squares);
    if (best === target) correct++;
  }
  const count = labels.length;
  return { loss: loss / count, energy: energy / count, accuracy: correct / count };
}

/**
 * Average energy E = mean_n ‖e_{y_n} − p_n‖₂, in 0..√2 (Ren et al. 2023, section 3): how far the loss still pulls on
 * the features when fine-tuning starts.
 */
export function energy(logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number {
  return outcome(logits, labels, classes).energy;
}

/** Mean cross-entropy with hard labels, in nats. */
export function crossEntropyLoss(logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number {
  return outcome(logits, labels, classes).loss;
}

/** The class of the highest logit in each row; of equal ones the first. */
export function argmax(logits: ArrayLike<number>, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, n) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[n * classes + c]! > logits[n * classes + best]!) best = c;
    return best;
  });
}

/** How many rows have their highest logit at their label. */
export function countCorrect(logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number {
  return argmax(logits, classes).reduce((count, predicted, n) => count + (predicted === labels[n] ? 1 : 0), 0);
}

/** Which rows those are: `1` or `0` for each, in order. A string, so that it stays short in JSON. */
export function hitsOf(logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number): string {
  return Array.from(argmax(logits, classes), (predicted, n) => (predicted === labels[n] ? "1" : "0")).join("");
}

/** The fraction of rows with their highest logit at their label. */
export function accuracy(logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number {
  return countCorrect(logits, labels, classes) / labels.length;
}

function softmaxRow(logits: ArrayLike<number>, start: number, classes: number, out: Float64Array): void {
  const norm = logSumExp(logits, start, classes);
  for (let i = start; i < start + classes; i++) out[i] = Math.exp(logits[i]! - norm);
}

function logSumExp(logits: ArrayLike<number>, start: number, classes: number): number {
  let highest = -Infinity;
  for (let i = start; i < start + classes; i++) highest = Math.max(highest, logits[i]!);
  let sum = 0;
  for (let i = start; i < start + classes; i++) sum += Math.exp(logits[i]! - highest);
  return highest + Math.log(sum);
}
