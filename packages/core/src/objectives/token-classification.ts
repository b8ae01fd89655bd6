import { DataError } from "../given/errors.js";
import { requireWanted } from "../given/require.js";
import { unitCount, type Targets } from "../data/targets.js";
import { classification } from "./classification.js";
import { entitiesIn, tagScheme, type Entity, type TagScheme } from "./entities.js";
import { guarded } from "./guarded.js";
import { argmax } from "./logits.js";
import type { Objective, Outputs, Score } from "./objective.js";

/**
 * A tag for each word of a text: cross-entropy and energy are those of `classification`, with words in place of samples. The
 * score is that of the entities that tags name, F1 = 2 TP / (found + there), over all texts at once: one counts where its
 * first word, its last and its type are right. Tags that name no entities, as parts of speech, are scored by accuracy over words.
 * Targets are indices of tags, of several words a text (`unitTargets`).
 * @param tags what the classes are called, [k]
 */
export function tokenClassification(tags: readonly string[]): Objective {
  requireWanted("tokenClassification", tags, { wants: "the list of tags", is: Array.isArray });
  const words = classification(tags.length);
  const scheme = tagScheme(tags);
  const common: Objective = {
    ...words,
    name: "token-classification",
    refuses(targets) {
      if (!targets.starts) return noWords;
      return words.refuses({ data: targets.data, shape: targets.shape });
    },
    weight: unitCount,
  };
  if (!scheme)
    return guarded({ ...common, metric: { ...words.metric, name: "word accuracy" }, score: accuracyByText(words) });
  const found = (outputs: Outputs, targets: Targets): Found[] => foundIn(scheme, tags.length, outputs, targets);
  return guarded({
    ...common,
    metric: { name: "entity F1", percent: true, chance: 0 },
    measure: (outputs, targets) => ({
      ...words.measure(outputs, targets),
      score: f1Of(totalOf(found(outputs, targets))),
    }),
    score(outputs, targets) {
      const each = found(outputs, targets);
      const total = totalOf(each);
      return { value: f1Of(total), contributions: influences(each, total) };
    },
    tally(outputs, targets) {
      const { right, found: all, there } = totalOf(found(outputs, targets));
      return { sum: 2 * right, of: all + there };
    },
    classes: (outputs, targets) => resultsByType(scheme, tags.length, outputs, targets),
  });
}

const noWords = "they are one for each text; give one for each word (unitTargets)";

/** Where each text's words begin. @throws {DataError} for targets of whole texts */
function startsOf({ starts }: Targets): Uint32Array {
  if (!starts) throw new DataError(`tags cannot be told from these targets: ${noWords}`);
  return starts;
}

/** Counts of entities: those that are right, those that were found, and those that are there. */
interface Found {
  readonly right: number;
  readonly found: number;
  readonly there: number;
}

/** NaN where there is nothing to find. */
function f1Of({ right, found, there }: Found): number {
  return there > 0 ? (2 * right) / (found + there) : NaN;
}

function totalOf(each: readonly Found[]): Found {
  const sum = (of: (one: Found) => number): number => each.reduce((total, one) => total + of(one), 0);
  return { right: sum((one) => one.right), found: sum((one) => one.found), there: sum((one) => one.there) };
}

/** What each text adds: F1 and, to first order, what it draws it up or down, N (2 TP_n − F1 (found_n + there_n)) / (found + there). */
function influences(each: readonly Found[], total: Found): Float64Array {
  const f1 = f1Of(total);
  const of = total.found + total.there;
  return Float64Array.from(
    each,
    ({ right, found, there }) => f1 + (each.length * (2 * right - f1 * (found + there))) / of,
  );
}

function foundIn(scheme: TagScheme, k: number, { logits }: Outputs, targets: Targets): Found[] {
  return textsIn(argmax(logits, k), targets).map(({ answer, truth }) => {
    const [found, there] = [entitiesIn(scheme, answer), entitiesIn(scheme, truth)];
    return { right: common(found, there).length, found: found.length, there: there.length };
  });
}

/** The answers and the truth of each text. */
function textsIn(answers: Int32Array, targets: Targets) {
  const { data } = targets;
  const starts = startsOf(targets);
  return Array.from({ length: starts.length - 1 }, (_, n) => {
    const [from, to] = [starts[n]!, starts[n + 1]!];
    return { answer: answers.subarray(from, to), truth: data.subarray(from, to) };
  });
}

function common(found: readonly Entity[], there: readonly Entity[]): Entity[] {
  const known = new Set(there.map(keyOf));
  return found.filter((entity) => known.has(keyOf(entity)));
}

function keyOf({ type, from, to }: Entity): string {
  return `${from} ${to} ${type}`;
}

function resultsByType(scheme: TagScheme, k: number, { logits }: Outputs, targets: Targets) {
  const counts = new Map(scheme.types.map((type) => [type, { right: 0, found: 0, there: 0 }]));
  for (const { answer, truth } of textsIn(argmax(logits, k), targets)) {
    const [found, there] = [entitiesIn(scheme, answer), entitiesIn(scheme, truth)];
    for (const { type } of found) counts.get(type)!.found++;
    for (const { type } of there) counts.get(type)!.there++;
    for (const { type } of common(found, there)) counts.get(type)!.right++;
  }
  return [...counts].map(([label, { right, found, there }]) => ({
    label,
    support: there,
    correct: right,
    precision: found > 0 ? right / found : null,
    recall: there > 0 ? right / there : null,
  }));
}

/** Accuracy over words; what a text adds is the mean of its words, weighed by how many they are. */
function accuracyByText(words: Objective): Objective["score"] {
  return (outputs, targets): Score => {
    const { value, hits } = words.score(outputs, { data: targets.data, shape: [] });
    const starts = startsOf(targets);
    const texts = starts.length - 1;
    const contributions = Float64Array.from({ length: texts }, (_, n) => {
      const own = hits!.slice(starts[n], starts[n + 1]);
      const right = [...own].filter((hit) => hit === "1").length;
      return value + (texts * (right - value * own.length)) / targets.data.length;
    });
    return { value, contributions };
  };
}
