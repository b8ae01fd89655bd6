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
 * @param temperature T, or one for each sample: probabilities are softmax(q / T)
 */
export function calibration(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  { bins = 15, temperature = 1 }: { bins?: number; temperature?: number | ArrayLike<number> } = {},
): Calibration {
  const divisor = typeof temperature === "number" ? () => temperature : (n: number) => temperature[n]!;
  const scaled = Float64Array.from(logits, (q, i) => q / divisor(Math.floor(i / classes)));
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
