import type { Tau, TuneResults, TuneRow } from "@taskhead/core";
import { compareTaus, isOptimum, type ObjectiveName, type ProbingPoint } from "@taskhead/core/internals";
import { capital, finite, fixed, formatScore, significant, tauEquals, type Maybe } from "../../words/format.js";
import { lossNames } from "../../words/subject.js";
import { colors } from "../palette.js";
import { grid, limits, onAxis, scoreAxis, tauLogAxis, tauScale, up } from "./axes.js";
import { line, points, type Point, type Series } from "./series.js";
import { draw, type Chart } from "./svg.js";

type Measure = (point: ProbingPoint) => Maybe;

/** What head probing does to energy, score, loss and the head's norm, with the fine-tuned taus marked. */
export function probingCharts(results: TuneResults): Chart[] {
  return [energy(results), score(results), loss(results), headNorm(results)];
}

function energy(results: TuneResults): Chart {
  const measure: Measure = (point) => point.energy;
  return draw({
    id: "energy",
    title: "Energy",
    description: summary(results, "Average initial energy", measure, (value) => fixed(value, 3)),
    note: results.rows.some((row) => row.dial) ? MARK : MARKS,
    legend: ["training"],
    option: frame(results, `energy E, ${energyRanges[results.data.objective]}`, measured(results, [measure]), [
      line("training", curve(results, measure), { color: colors.train }),
      marks(results, measure, colors.train),
    ]),
  });
}

function score(results: TuneResults): Chart {
  const { metric } = results;
  const train: Measure = (point) => onAxis(point.trainScore, metric);
  const validation: Measure = (point) => onAxis(point.validationScore, metric);
  const write = (value: Maybe): string => formatScore(value, metric);
  return draw({
    legend: ["training", "validation"],
    id: "probing-score",
    title: `${capital(metric.name)} of the probed head`,
    description: summary(results, `Validation ${metric.name}`, (point) => point.validationScore, write),
    option: frame(
      results,
      scoreAxis("", metric),
      measured(results, [train, validation]),
      [
        line("training", curve(results, train), { color: colors.train }),
        line("validation", curve(results, validation), { color: colors.validation }),
        marks(results, train, colors.train),
        marks(results, validation, colors.validation),
      ],
      metric.percent ? undefined : [-Infinity, 1],
    ),
  });
}

function loss(results: TuneResults): Chart {
  const measure: Measure = (point) => point.loss;
  return draw({
    id: "probing-loss",
    title: "Loss of the probed head",
    legend: ["training"],
    description: summary(results, "Training loss", measure, (value) => fixed(value, 3)),
    option: frame(results, lossNames[results.data.objective], measured(results, [measure]), [
      line("training", curve(results, measure), { color: colors.train }),
      marks(results, measure, colors.train),
    ]),
  });
}

function headNorm(results: TuneResults): Chart {
  const measure: Measure = (point) => point.headNorm;
  return draw({
    id: "head-norm",
    title: "Norm of the head",
    description: summary(results, "Head norm", measure, (value) => significant(value, 3)),
    option: frame(results, "‖W‖", measured(results, [measure]), [
      line("head", curve(results, measure), { color: colors.probing }),
      marks(results, measure, colors.probing),
    ]),
  });
}

/** Where energy lies: probabilities are at most √2 from the right class; numbers have no such bound. */
const energyRanges: Record<ObjectiveName, string> = {
  classification: "0 to √2",
  "multi-label": "0 is sure and right",
  regression: "0 is right",
  "token-classification": "0 to √2",
  segmentation: "0 to √2",
};

const MARK = "The dot is the head that was brought to each energy. The horizontal axis is log(1 + τ).";
const MARKS = "Dots mark the taus that were fine-tuned, the large one the winner. The horizontal axis is log(1 + τ).";

function frame(
  results: TuneResults,
  name: string,
  values: Maybe[],
  series: Series[],
  bounds: [number, number] = [0, Infinity],
) {
  const taus = tausOf(results);
  return {
    // "converged" is wider than a number
    grid: { ...grid, right: taus.some(isOptimum) ? 40 : grid.right },
    xAxis: tauLogAxis(taus, [0, ...results.rows.map(probedFor), ...taus.slice(-1), ...taus.filter(isOptimum)]),
    yAxis: up(name, limits(values, bounds)),
    series,
  };
}

function measured({ probing }: TuneResults, measures: Measure[]): Maybe[] {
  return measures.flatMap((measure) => probing.map(measure));
}

function tausOf({ probing, rows }: TuneResults): Tau[] {
  return [...new Set([...probing.map((one) => one.tau), ...rows.map(probedFor)])].sort(compareTaus);
}

/** The tau of the head that a run began with, scaled or not. */
function probedFor({ tau, dial }: TuneRow): Tau {
  return dial?.from ?? tau;
}

function curve(results: TuneResults, measure: Measure): Point[] {
  const { position } = tauScale(tausOf(results));
  return results.probing.map((point) => [position(point.tau), finite(measure(point))]);
}

function marks(results: TuneResults, measure: Measure, color: string): Series {
  const taus = results.rows.map(probedFor);
  const { position } = tauScale(tausOf(results));
  const marked = results.probing.filter((point) => taus.includes(point.tau));
  const winner = results.rows.find((row) => row.tau === results.best?.tau);
  const isWinner = (index: number) => winner !== undefined && marked[index]!.tau === probedFor(winner);
  return points(
    "fine-tuned",
    marked.map((point): Point => [position(point.tau), finite(measure(point))]),
    { color: (index) => (isWinner(index) ? colors.winner : color), size: (index) => (isWinner(index) ? 12 : 8) },
  );
}

function summary({ probing }: TuneResults, name: string, measure: Measure, write: (value: Maybe) => string): string {
  const [first, last] = [probing[0], probing.at(-1)];
  if (!first || !last) return "No probing was recorded.";
  return `${name} against tau: ${write(measure(first))} at ${tauEquals(first.tau)}, ${write(measure(last))} at ${tauEquals(last.tau)}.`;
}
