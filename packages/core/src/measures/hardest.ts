import { sizeOf } from "@taskhead/autograd";
import { rows } from "../data/cached-values.js";
import { upTo } from "../data/samples.js";
import { pickTargets, targetCount, unitsOf, type Targets } from "../data/targets.js";
import { argmax, sigmoid, softmax } from "../objectives/logits.js";
import type { MapScores, Objective, ObjectiveName } from "../objectives/objective.js";

/** A sample that a model answers badly, and in what. */
export interface HardSample {
  /** its place in the set */
  index: number;
  /** its own loss, in the objective's unit */
  loss: number;
  /** the label or number that is furthest off; null for classes, of which there is one answer */
  output: number | null;
  /** the right answer: a class index, 1 or 0 for a label, a number in the user's unit */
  truth: number;
  /** the model's */
  answer: number;
  /** what the model gives its answer, 0..1; null for numbers */
  probability: number | null;
  /** of a map: the part of its places that is right; most of the others are of `truth` and taken for `answer` */
  right?: number;
  /** whether the model is so sure that the label may be wrong; false for numbers */
  doubtful: boolean;
  /** of several units in a sample those that are answered wrongly; what is said above is of the one with the highest loss */
  wrong?: { unit: number; truth: number; answer: number }[];
}

/** The maps with the highest mean loss, highest first: in what most of their places are wrong, and how many are right. */
export function hardestMaps({ loss, right, truth, answer }: MapScores, count: number): HardSample[] {
  return Array.from(loss, (one, index) => ({ index, loss: one }))
    .filter((one) => Number.isFinite(one.loss) && truth[one.index]! >= 0)
    .sort((a, b) => b.loss - a.loss || a.index - b.index)
    .slice(0, count)
    .map((one) => ({
      ...one,
      output: null,
      truth: truth[one.index]!,
      answer: answer[one.index]!,
      probability: null,
      right: right[one.index]!,
      doubtful: false,
    }));
}

/** What a model says of a set of samples. */
export interface Answered {
  /** q, [N, k] */
  logits: Float32Array;
  targets: Targets;
}

/**
 * The samples with the highest loss among those that are answered wrongly (of numbers: among all), highest first. A label is
 * doubtful by the rule of confident learning (Northcutt, Jiang and Chuang 2021): another answer gets at least the
 * probability that samples which do carry that label give it on average, and three quarters at least, as below that a
 * model that is seldom sure would doubt every label.
 * @param count how many at most
 * @param sure the probability that a doubtful label's other answer gets at least; 0 leaves the rule of confident learning
 */
export function hardestSamples(
  { logits, targets }: Answered,
  objective: Objective,
  count: number,
  sure = usuallySure,
): HardSample[] {
  const find = {
    classification: ofClasses,
    "multi-label": ofLabels,
    regression: ofNumbers,
    "token-classification": ofUnits,
  }[objective.name as Exclude<ObjectiveName, "segmentation">];
  const answers = find(logits, targets, objective, sure);
  return answers
    .flatMap((answer, index) => (answer === null ? [] : [{ index, loss: lossOf(index), ...answer }]))
    .filter(({ loss }) => Number.isFinite(loss))
    .sort((a, b) => b.loss - a.loss || a.index - b.index)
    .slice(0, count);

  function lossOf(index: number): number {
    const own = rows(logits, objective.outputs, unitsOf(targets, [index]));
    return objective.measure({ logits: own }, pickTargets(targets, [index])).loss;
  }
}

/** What is wrong with the answer to each sample; null where nothing is. */
type Answers = (Omit<HardSample, "index" | "loss"> | null)[];

/** Below it a wrong answer says more of the model than of the label. */
const usuallySure = 0.75;

function ofClasses(logits: Float32Array, { data: labels }: Targets, { outputs: k }: Objective, sure: number): Answers {
  const p = softmax(logits, k);
  const usual = means(labels, (n) => [labels[n]!, p[n * k + labels[n]!]!], k);
  return Array.from(argmax(logits, k), (answer, n) => {
    const truth = labels[n]!;
    if (answer === truth) return null;
    const probability = p[n * k + answer]!;
    return { output: null, truth, answer, probability, doubtful: probability >= Math.max(sure, usual[answer]!) };
  });
}

/** Of the wrong units of each sample the one whose truth was thought least likely. */
function ofUnits(logits: Float32Array, targets: Targets, objective: Objective, sure: number): Answers {
  const { outputs: k } = objective;
  const units = ofClasses(logits, targets, objective, sure);
  const p = softmax(logits, k);
  return upTo(targetCount(targets)).map((sample) => {
    const own = unitsOf(targets, [sample]);
    const wrong = own.filter((unit) => units[unit] !== null);
    if (wrong.length === 0) return null;
    const least = (a: number, b: number): number => (truthOf(b) < truthOf(a) ? b : a);
    const worst = units[wrong.reduce(least)]!;
    return {
      ...worst,
      wrong: wrong.map((unit) => ({ unit: unit - own[0]!, truth: units[unit]!.truth, answer: units[unit]!.answer })),
    };
  });

  function truthOf(unit: number): number {
    return p[unit * k + targets.data[unit]!]!;
  }
}

function ofLabels(logits: Float32Array, targets: Targets, { outputs: k }: Objective, sure: number): Answers {
  const { data: y } = targets;
  const p = sigmoid(logits);
  const given = (i: number, answer: number): number => (answer === 1 ? p[i]! : 1 - p[i]!);
  // A place for each label's yes and one for its no.
  const usual = means(y, (i) => (Number.isNaN(y[i]!) ? null : [2 * (i % k) + y[i]!, given(i, y[i]!)]), 2 * k);
  return worstOf(targets, (i) => 1 - given(i, y[i]!)).map((i) => {
    const answer = i === null || p[i]! >= 0.5 ? 1 : 0;
    if (i === null || answer === y[i]!) return null;
    const [output, probability] = [i % k, given(i, answer)];
    return {
      output,
      truth: y[i]!,
      answer,
      probability,
      doubtful: probability >= Math.max(sure, usual[2 * output + answer]!),
    };
  });
}

function ofNumbers(logits: Float32Array, targets: Targets, { outputs: k, scale }: Objective): Answers {
  const inUnit = (value: number, j: number): number => (scale ? value * scale.deviation[j]! + scale.mean[j]! : value);
  return worstOf(targets, (i) => Math.abs(targets.data[i]! - logits[i]!)).map((i) => {
    if (i === null) return null;
    const j = i % k;
    const [truth, answer] = [inUnit(targets.data[i]!, j), inUnit(logits[i]!, j)];
    return { output: j, truth, answer, probability: null, doubtful: false };
  });
}

/** Of each sample the place of the output that is furthest off; null where none is known. */
function worstOf(targets: Targets, error: (place: number) => number): (number | null)[] {
  const k = sizeOf(targets.shape);
  return Array.from({ length: targetCount(targets) }, (_, n) => {
    let worst: number | null = null;
    for (let i = n * k; i < (n + 1) * k; i++)
      if (!Number.isNaN(targets.data[i]!) && (worst === null || error(i) > error(worst))) worst = i;
    return worst;
  });
}

/** Means by kind; infinite for kinds that nothing is of, so that no answer is surer than that. */
function means(values: ArrayLike<number>, of: (i: number) => [number, number] | null, kinds: number): number[] {
  const [sums, counts] = [new Float64Array(kinds), new Float64Array(kinds)];
  for (let i = 0; i < values.length; i++) {
    const one = of(i);
    if (one === null) continue;
    sums[one[0]]! += one[1];
    counts[one[0]]! += 1;
  }
  return Array.from(sums, (sum, kind) => (counts[kind]! > 0 ? sum / counts[kind]! : Infinity));
}
