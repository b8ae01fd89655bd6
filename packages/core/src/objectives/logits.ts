/** Functions of logits [N, k], row-major. All sums are in float64. */

/** softmax of each row, [N, k]. */
export function softmax(logits: ArrayLike<number>, classes: number): Float64Array {
  const p = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) softmaxRow(logits, start, classes, p);
  return p;
}

/** σ(q) of each, [N, k]. */
export function sigmoid(logits: ArrayLike<number>): Float64Array {
  // Of −|q|, where the exponential cannot overflow.
  return Float64Array.from(logits, (q) => {
    const e = Math.exp(-Math.abs(q));
    return (q >= 0 ? 1 : e) / (1 + e);
  });
}

/** The class of the highest logit in each row; of equal ones the first. */
export function argmax(logits: ArrayLike<number>, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, n) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[n * classes + c]! > logits[n * classes + best]!) best = c;
    return best;
  });
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
