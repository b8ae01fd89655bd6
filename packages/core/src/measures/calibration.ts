import { classification } from "../objectives/classification.js";
import { classTargets } from "../data/targets.js";
import { argmax, softmax } from "../objectives/logits.js";

/** How well confidences match accuracies. Confidence is the largest probability of a sample, 0..1. */
export interface Calibration {
  /** Expected calibration error Σ_b (n_b / N) · |accuracy_b − confidence_b|, 0..1 (Guo et al. 2017). */
  ece: number;
  /** Mean cross-entropy with hard labels, in nats. */
  nll: number;
  /** The reliability diagram: equal bins of confidence, from low to high. */
  bins: ReliabilityBin[];
}

export interface ReliabilityBin {
  /** Samples with a confidence in (from, to]. */
  from: number;
  to: number;
  count: number;
  /** Mean over its samples; null without any. */
  confidence: number | null;
  accuracy: number | null;
}

/**
 * Calibration of logits [N, k] against class indices [N].
 * @param temperature T: probabilities are softmax(q / T)
 */
export function calibration(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  { bins = 15, temperature = 1 } = {},
): Calibration {
  const scaled = Float64Array.from(logits, (q) => q / temperature);
  const p = softmax(scaled, classes);
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, correct: 0 }));
  argmax(scaled, classes).forEach((predicted, n) => {
    const confidence = p[n * classes + predicted]!;
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))]!;
    bin.count++;
    bin.confidence += confidence;
    bin.correct += predicted === labels[n] ? 1 : 0;
  });
  return {
    ece: sums.reduce((total, { confidence, correct }) => total + Math.abs(correct - confidence), 0) / labels.length,
    nll: classification(classes).measure({ logits: scaled, activated: p }, classTargets(labels)).loss,
    bins: sums.map(({ count, confidence, correct }, b) => ({
      from: b / bins,
      to: (b + 1) / bins,
      count,
      confidence: count ? confidence / count : null,
      accuracy: count ? correct / count : null,
    })),
  };
}

/** Temperatures outside are not looked for: at the ends the logits say either nothing or everything. */
const [coldest, hottest] = [1e-3, 1e3];

/**
 * Temperature scaling (Guo et al. 2017): the T that minimises the mean cross-entropy of softmax(q / T). It is convex in
 * β = 1/T with the derivative mean(E_p[q] − q_y), whose sign is bisected on a logarithmic scale. Where every answer is
 * right, or answers are no better than chance, the optimum lies at 0 or ∞, and the result at the end of 0.001..1000.
 */
export function fitTemperature(logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number {
  let [low, high] = [Math.log(coldest), Math.log(hottest)];
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    // Still falling in β, or as low as numbers get: the optimum is colder.
    if (slope(logits, labels, classes, Math.exp(-middle)) <= 0) high = middle;
    else low = middle;
  }
  return Math.exp((low + high) / 2);
}

/** d/dβ of the mean cross-entropy of softmax(βq). */
function slope(logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number, beta: number): number {
  const p = softmax(
    Float64Array.from(logits, (q) => q * beta),
    classes,
  );
  let total = 0;
  p.forEach((probability, i) => (total += probability * logits[i]!));
  for (let n = 0; n < labels.length; n++) total -= logits[n * classes + labels[n]!]!;
  return total / labels.length;
}
