import type { TuneResults } from "@taskhead/core";
import type { OutputResult } from "@taskhead/core/internals";
import { count, finite, fixed, formatScore, scoreNumber, shorten, significant } from "../../words/format.js";
import { outputNouns, ownMetric } from "../../words/subject.js";
import { colors } from "../palette.js";
import { across, limits, named, onAxis, scoreAxis } from "./axes.js";
import { FEW_CLASSES, MAX_CLASSES } from "./classes.js";
import { bars } from "./series.js";
import { draw, WIDTH, type Chart } from "./svg.js";

/** Lowest score first; those without one, of which too little was measured, at the end. */
export function lowestFirst(outputs: readonly OutputResult[]): OutputResult[] {
  return outputs.toSorted((a, b) => (finite(a.score) ?? Infinity) - (finite(b.score) ?? Infinity));
}

/** Each label's or number's own score, the lowest on top. */
export function outputChart(outputs: readonly OutputResult[], { data, metric }: TuneResults): Chart {
  const noun = outputNouns[data.objective];
  const shown = lowestFirst(outputs).slice(0, MAX_CLASSES);
  const all = shown.length === outputs.length;
  const names =
    outputs.length > FEW_CLASSES
      ? { left: 250, characters: 28, width: 760 }
      : { left: 150, characters: 16, width: WIDTH };
  const scores = shown.map((one) => onAxis(one.score, metric));
  const own = ownMetric(metric);
  const perfect = metric.percent ? 100 : 1;
  const error = (one: OutputResult): string => (one.error === null ? "" : `, RMSE ${significant(one.error)}`);
  return draw({
    id: "output-bars",
    title: all ? `${own} by ${noun}` : `The ${MAX_CLASSES} ${noun}s with the lowest ${own}`,
    description: shown.map((one) => `${one.name}: ${formatScore(one.score, metric)}${error(one)}`).join("; "),
    note:
      `In brackets: validation ${data.sample}s for which it is known.` +
      (data.objective === "regression" ? ` RMSE is in each number's own unit.` : "") +
      (metric.chance > 0 ? ` Guessing gets ${formatScore(metric.chance, metric)}.` : "") +
      (all ? "" : ` ${count(outputs.length)} ${noun}s in all; the table has every one.`),
    width: names.width,
    height: 84 + 28 * shown.length,
    option: {
      grid: { left: names.left, right: 46, top: 34, bottom: 50, outerBoundsMode: "none" },
      xAxis: across(scoreAxis("", { ...metric, name: own }), {
        ...limits(
          [0, perfect, ...scores],
          [scores.some((score) => score !== null && score < 0) ? -Infinity : 0, perfect],
        ),
        axisLine: { show: false },
        splitLine: { show: true, lineStyle: { color: colors.rule } },
        axisLabel: { color: colors.muted, formatter: (tick: number) => fixed(tick, metric.percent ? 0 : 1) },
      }),
      yAxis: named(
        shown.map((one) => `${shorten(one.name, names.characters)} (${count(one.measured)})`),
        names.left,
      ),
      series: [bars(own, scores, colors.validation, (i) => scoreNumber(shown[i]!.score, metric))],
    },
  });
}
