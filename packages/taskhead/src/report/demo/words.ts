import { compareScores, meanAndSpread, overSeeds, verdictOf, type Difference } from "@taskhead/core/internals";
import { fixed, formatInterval, percent, plain, tau } from "../../words/format.js";
import type { FreshDraws } from "./results.js";

/** What a demo is about. */
export interface DemoSubject {
  command: string;
  /** what the network knew, and what is new: the beginning of a sentence */
  background: string;
  /** a random draw of the task, a noun that takes an s: `drawing`, `set` */
  draw: string;
  /** a noun that takes an s: `image`, `text` */
  sample: string;
}

/** Scores are accuracies. */
const metric = { name: "accuracy", percent: true, chance: 0 };

export type Start = "alone" | "random" | "prepared";

/** One way to go about the task, over all draws. */
export interface Standing {
  start: Start;
  name: string;
  mean: number;
  /** its 95 % interval over the draws */
  interval: { low: number; high: number };
  scores: number[];
}

/** The three ways, each with its final score on every draw. */
export function standingsOf({ alone, random, prepared }: FreshDraws): Standing[] {
  const of = (start: Start, name: string, scores: number[]): Standing => {
    const { low, high } = overSeeds(
      scores,
      scores.map(() => 0),
    )!;
    return { start, name, mean: meanAndSpread(scores).mean, interval: { low, high }, scores };
  };
  return [
    of("alone", "only the new last layer trained", alone),
    of("random", "everything trained, from a random last layer", ends(random)),
    of("prepared", "last layer prepared first, then everything", ends(prepared)),
  ];
}

/** What it comes to, in plain words: a headline, and the sentences below it. */
export interface DemoWords {
  headline: string;
  story: string[];
}

export function demoWords(fresh: FreshDraws, { background, draw, sample }: DemoSubject): DemoWords {
  const { tested, trained, epochs } = fresh;
  const [alone, random, prepared] = standingsOf(fresh) as [Standing, Standing, Standing];
  const gain = difference(prepared, random, tested);
  const draws = `${fresh.seeds.length} fresh ${draw}s of the task`;
  const [first, firstPrepared] = [fresh.random, fresh.prepared].map((courses) => mean(courses.map((c) => c[0]!)));
  const passes = `${epochs} pass${epochs === 1 ? "" : "es"} over the ${sample}s`;
  return {
    headline: headlineOf(gain, draw),
    story: [
      `${background}, ${trained} to learn from. On ${draws} that had no part in any choice, ${tested} test ${sample}s each: the new last layer alone, the rest as it was, gets ${percent(alone.mean)} right; everything trained from a random last layer, the usual way, ${percent(random.mean)}; the last layer prepared first, then everything, ${percent(prepared.mean)}.`,
      ...(verdictOf(gain) === "above"
        ? [
            `Why: a random last layer knows nothing of the classes, so what it first sends back through the network is beside the point: after one pass over the ${sample}s ${percent(first)} are right. One that was prepared for ${tau(fresh.tau)} quick passes over stored features, while the rest stood still, begins with what the network can already tell apart: ${percent(firstPrepared)} after one pass. By the end the network's features had moved by ${fixed(mean(fresh.moved.random), 2)} times their length from the random one, by ${fixed(mean(fresh.moved.prepared), 2)} from the prepared one.`,
          ]
        : []),
      `Both had ${passes}, at the same rate. The more passes a random start gets, the closer it comes.`,
    ].map(plain),
  };
}

function headlineOf(gain: Difference, draw: string): string {
  const points = `${fixed(Math.abs(100 * gain.difference), 1)} points`;
  const sure = `(${plain(formatInterval(gain, metric))}, over the ${draw}s)`;
  switch (verdictOf(gain)) {
    case "above":
      return `Preparing the last layer first gained ${points} ${sure}`;
    case "below":
      return `Preparing the last layer first lost ${points} here ${sure}`;
    default:
      return `Preparing the last layer first made ${points} of difference, which may be chance ${sure}`;
  }
}

/** How far one way is above another, over the draws. */
export function difference(a: Standing, b: Standing, samples: number): Difference {
  return compareScores({ score: a.mean, scores: a.scores }, { score: b.mean, scores: b.scores }, { metric, samples });
}

function ends(courses: readonly number[][]): number[] {
  return courses.map((course) => course.at(-1)!);
}

function mean(values: readonly number[]): number {
  return meanAndSpread(values).mean;
}
