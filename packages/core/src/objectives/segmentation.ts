import { crossEntropy, sizeOf } from "@taskhead/autograd";
import { DataError } from "../given/errors.js";
import { range } from "../data/range.js";
import { requireWanted } from "../given/require.js";
import { whole } from "../given/wanted.js";
import { ignored, targetCount, type Targets } from "../data/targets.js";
import { guarded } from "./guarded.js";
import { metered } from "./meter.js";
import type { MapScores, Meter, Measured, Objective, Outputs, OutputScore, Score } from "./objective.js";
import { meanOfOutputs } from "./output-scores.js";

/**
 * One class of k for every place of a map. Targets are class indices, [N, height, width], −1 where a place does not count;
 * logits are [N, k, height, width]. Cross-entropy, its mean over the places that count in all samples together; energy the
 * mean ‖e_y − p‖₂ over them, 0..√2, at a guess about √(1 − 1/k); mIoU from one confusion matrix over all samples:
 * tp / (tp + fp + fn) of each class, the mean over classes that occur in the targets or in what is predicted. (A mean over
 * pictures of their own mIoU is another number.)
 */
export function segmentation(classes: number): Objective {
  requireWanted("segmentation", classes, whole({ from: 2 }));
  const meter = (targets: Targets): PixelMeter => new PixelMeter(targets, classes);
  const metering = (outputs: Outputs, targets: Targets): Meter => metered({ ...objective, meter }, outputs, targets);
  const objective: Objective = guarded({
    name: "segmentation",
    outputs: classes,
    guess: Math.log(classes),
    curvature: 1 / 4,
    // Of classes that are equally frequent: 1/k² in both, of 2/k − 1/k² in either.
    metric: { name: "mIoU", percent: true, chance: 1 / (2 * classes - 1) },
    activation: "Softmax",
    refuses: (targets) => noMap(targets) ?? noClass(targets, classes),
    loss: ({ smoothing, weights } = {}) =>
      crossEntropy({ logits: "logits", smoothing, classWeights: weights, ignoreIndex: ignored }),
    residual: (outputs, targets) => residual(outputs, targets, classes),
    measure: (outputs, targets) => metering(outputs, targets).measured(),
    score: (outputs, targets) => metering(outputs, targets).score(),
    each: (outputs, targets) => metering(outputs, targets).each()!,
    meter,
    isScored: ({ data }) => data.some((label) => label !== ignored),
    tally(outputs, targets) {
      const own = meter(targets);
      own.add(
        Array.from({ length: targetCount(targets) }, (_, i) => i),
        outputs,
      );
      return own.tally();
    },
    weight: ({ data }) => placesIn(data),
  });
  return objective;
}

function noMap({ data, shape }: Targets): string | undefined {
  if (data instanceof Int32Array && shape.length === 2) return undefined;
  return `they are ${data instanceof Int32Array ? `[${shape.join(", ")}] for a sample` : "numbers"}; give a class index for each place, [height, width] a sample`;
}

function noClass({ data, shape }: Targets, classes: number): string | undefined {
  const at = data.findIndex((label) => label < ignored || label >= classes);
  if (at < 0) return undefined;
  return `sample ${Math.floor(at / sizeOf(shape))} has class ${data[at]}, but there are ${classes} (0 to ${classes - 1}, ${ignored} where a place does not count); correct it, or say how many classes there are`;
}

/** How many places count. */
function placesIn(labels: Targets["data"]): number {
  let count = 0;
  for (const label of labels) if (label !== ignored) count++;
  return count;
}

/**
 * r = −P·∂L/∂q in the logits' shape, P all places: (e_y − p) · P / (places that count), 0 where a place does not. Their mean
 * length over all places is the energy.
 */
function residual({ logits, activated }: Outputs, targets: Targets, classes: number): Float64Array {
  const wrong = noClass(targets, classes);
  if (wrong !== undefined) throw new DataError(wrong);
  const { data, shape } = targets;
  const places = sizeOf(shape);
  const share = data.length / placesIn(data);
  const r = new Float64Array(data.length * classes);
  const p = new Float64Array(classes);
  for (let i = 0; i < data.length; i++) {
    const label = data[i]!;
    if (label === ignored) continue;
    const first = firstLogit(i, places, classes);
    probabilities(activated ?? logits, first, places, p, activated === undefined);
    for (let c = 0; c < classes; c++) r[first + c * places] = share * ((c === label ? 1 : 0) - p[c]!);
  }
  return r;
}

/** Where place i of all has its first logit: the next ones follow a map apart. */
function firstLogit(i: number, places: number, classes: number): number {
  const sample = Math.floor(i / places);
  return sample * places * classes + (i - sample * places);
}

/** Probabilities of one place, from logits by softmax, or as they are. */
function probabilities(values: ArrayLike<number>, first: number, step: number, p: Float64Array, soft: boolean): void {
  let highest = soft ? -Infinity : 0;
  for (let c = 0, at = first; c < p.length; c++, at += step) {
    p[c] = values[at]!;
    if (soft && p[c]! > highest) highest = p[c]!;
  }
  if (!soft) return;
  let sum = 0;
  for (let c = 0; c < p.length; c++) sum += p[c] = Math.exp(p[c]! - highest);
  for (let c = 0; c < p.length; c++) p[c]! /= sum;
}

/** Places that are worked on together: what is made of them stays near the processor. */
const block = 1024;

function scratchFor(classes: number) {
  const numbers = (): Float64Array => new Float64Array(block);
  return {
    highest: numbers(),
    answers: new Int32Array(block),
    others: numbers(),
    squares: numbers(),
    products: numbers(),
    right: numbers(),
    powers: new Float64Array(classes * block),
  };
}

/** Keeps sums, and of each sample how many places each class has right and in all: 2k numbers, however large its map is. */
class PixelMeter implements Meter {
  readonly #targets: Targets;
  readonly #classes: number;
  readonly #count: number;
  /** Σ over places that count. */
  readonly #sum = { loss: 0, energy: 0, places: 0 };
  /** Of each sample and class tp, and tp + fp + fn: [N, k] each. */
  readonly #both: Float64Array;
  readonly #either: Float64Array;
  /** Places that are of each class, [k]. */
  readonly #own: Float64Array;
  /** Σ q ∘ (e_y − p), and Σ (e_y − p) of each class, [k]. */
  #along = 0;
  readonly #residual: Float64Array;
  readonly #samples: MapScores;
  readonly #scratch: ReturnType<typeof scratchFor>;

  constructor(targets: Targets, classes: number) {
    this.#targets = targets;
    this.#classes = classes;
    const count = targetCount(targets);
    this.#count = count;
    this.#both = new Float64Array(count * classes);
    this.#either = new Float64Array(count * classes);
    this.#own = new Float64Array(classes);
    this.#residual = new Float64Array(classes);
    this.#scratch = scratchFor(classes);
    this.#samples = {
      loss: new Float64Array(count).fill(NaN),
      right: new Float64Array(count).fill(NaN),
      truth: new Int32Array(count).fill(ignored),
      answer: new Int32Array(count).fill(ignored),
    };
  }

  add(indices: readonly number[], outputs: Outputs, own?: Targets): void {
    const { shape } = own ?? this.#targets;
    const places = sizeOf(shape);
    const [wanted, given] = [indices.length * this.#classes * places, outputs.logits.length];
    if (given !== wanted)
      throw new DataError(
        `masks of [${shape.join(", ")}] take ${wanted} logits for ${indices.length} samples, not ${given}; give both in one size`,
      );
    indices.forEach((sample, row) => {
      const at = own ? row : sample;
      const labels = (own ?? this.#targets).data.subarray(at * places, (at + 1) * places) as Int32Array;
      this.#addSample(sample, labels, row * places * this.#classes, outputs);
    });
  }

  /** @param start where the sample's logits begin */
  #addSample(sample: number, labels: Int32Array, start: number, outputs: Outputs): void {
    const [k, places] = [this.#classes, labels.length];
    const confusion = new Int32Array(k * k);
    const sum = { loss: 0, energy: 0, along: 0, places: 0 };
    for (let from = 0; from < places; from += block) {
      const own = labels.subarray(from, from + block);
      const wrong = own.findIndex((label) => label < ignored || label >= k);
      if (wrong >= 0) throw new DataError(noClass(this.#targets, k) ?? `a place has class ${own[wrong]} of ${k}`);
      this.#addBlock(own, outputs, { first: start + from, step: places }, confusion, sum);
    }
    this.#along += sum.along;
    this.#sum.loss += sum.loss;
    this.#sum.energy += sum.energy;
    this.#sum.places += sum.places;
    this.#samples.loss[sample] = sum.loss / sum.places;
    this.#addConfusion(sample, confusion, sum.places);
  }

  /** Some places, class by class: logits of one class lie together. */
  #addBlock(
    labels: Int32Array,
    { logits, activated }: Outputs,
    { first, step }: { first: number; step: number },
    confusion: Int32Array,
    sum: { loss: number; energy: number; along: number; places: number },
  ): void {
    const [k, residual] = [this.#classes, this.#residual];
    const { highest, answers, others, squares, products, right, powers } = this.#scratch;
    for (let c = 0; c < k; c++)
      for (let i = 0, at = first + c * step; i < labels.length; i++, at++) {
        const q = logits[at]!;
        if (c > 0 && q <= highest[i]!) continue;
        highest[i] = q;
        answers[i] = c;
      }
    others.fill(0);
    squares.fill(0);
    products.fill(0);
    for (let c = 0; c < k; c++)
      for (let i = 0, at = first + c * step; i < labels.length; i++, at++) {
        const power = activated ? activated[at]! : Math.exp(logits[at]! - highest[i]!);
        powers[c * block + i] = power;
        if (labels[i] === c) right[i] = power;
        else {
          others[i]! += power;
          squares[i]! += power * power;
          products[i]! += logits[at]! * power;
        }
      }
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!;
      if (label === ignored) continue;
      const total = others[i]! + right[i]!;
      const q = logits[first + label * step + i]!;
      // By the others' probabilities a small energy keeps its digits, and by the largest, which is never rounded to 0, the loss.
      sum.loss += highest[i]! - q + Math.log(total / powers[answers[i]! * block + i]!);
      sum.energy += Math.sqrt(others[i]! * others[i]! + squares[i]!) / total;
      sum.along += (q * others[i]! - products[i]!) / total;
      residual[label]! += 1;
      sum.places++;
      confusion[label * k + answers[i]!]!++;
      others[i] = 1 / total;
    }
    for (let c = 0; c < k; c++) {
      let all = 0;
      for (let i = 0, at = c * block; i < labels.length; i++, at++)
        if (labels[i] !== ignored) all += powers[at]! * others[i]!;
      residual[c]! -= all;
    }
  }

  /** @param confusion rows are the true class, [k, k] */
  #addConfusion(sample: number, confusion: Int32Array, counted: number): void {
    const k = this.#classes;
    const { right, truth, answer } = this.#samples;
    let [correct, worst] = [0, 0];
    for (let y = 0; y < k; y++)
      for (let c = 0; c < k; c++) {
        const count = confusion[y * k + c]!;
        if (count === 0) continue;
        this.#own[y]! += count;
        this.#either[sample * k + y]! += count;
        if (y === c) {
          this.#both[sample * k + y]! += count;
          correct += count;
          continue;
        }
        this.#either[sample * k + c]! += count;
        if (count > worst) [worst, truth[sample], answer[sample]] = [count, y, c];
      }
    right[sample] = correct / counted;
  }

  pull(bias: ArrayLike<number>): number {
    const shifted = this.#residual.reduce((sum, r, c) => sum + bias[c]! * r, 0);
    return (this.#along - shifted) / this.#sum.places;
  }

  samples(): MapScores {
    return this.#samples;
  }

  measured(): Measured {
    const { loss, energy, places } = this.#sum;
    return { loss: loss / places, energy: energy / places, score: this.score().value };
  }

  /** What a sample adds is its influence on every class's quotient: I_c/U_c + (i − u·I_c/U_c)·N/U_c, to first order exact. */
  score(): Score {
    return this.scoreOf(this.#all());
  }

  scoreOf(chosen: readonly number[]): Score {
    // Of outputs that are not numbers.
    if (Number.isNaN(this.#sum.loss)) return { value: NaN };
    return meanOfOutputs(this.#quotients(chosen), chosen.length);
  }

  each(): OutputScore[] {
    return this.#quotients(this.#all()).map((one, c) => ({ ...one, measured: this.#own[c]! }));
  }

  tally(): { sum: number; of: number; parts: { sum: number; of: number }[] } {
    const all = this.#all();
    return { sum: 0, of: 0, parts: Array.from({ length: this.#classes }, (_, c) => this.#totals(c, all)) };
  }

  #all(): number[] {
    return range(0, this.#count);
  }

  /** Of each class over some samples. */
  #quotients(chosen: readonly number[]): Pick<OutputScore, "value" | "influence">[] {
    return Array.from({ length: this.#classes }, (_, c) => {
      const { sum, of } = this.#totals(c, chosen);
      const value = sum / of;
      const influence = new Float64Array(chosen.length);
      for (let i = 0; of > 0 && i < chosen.length; i++) {
        const at = chosen[i]! * this.#classes + c;
        influence[i] = (chosen.length * (this.#both[at]! - value * this.#either[at]!)) / of;
      }
      return { value, influence };
    });
  }

  /** Intersection and union of one class over some samples. */
  #totals(c: number, chosen: readonly number[]) {
    let [sum, of] = [0, 0];
    for (const n of chosen) {
      sum += this.#both[n * this.#classes + c]!;
      of += this.#either[n * this.#classes + c]!;
    }
    return { sum, of };
  }
}
