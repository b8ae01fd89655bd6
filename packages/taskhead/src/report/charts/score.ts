import type { Tau, TuneResults, TuneRow } from "@taskhead/core";
import { standardError } from "@taskhead/core/internals";
import { finite, formatScore, scoreNumber, tau, tauEquals } from "../../words/format.js";
import { colors } from "../palette.js";
import { grid, limits, onAxis, scoreAxis, scoreBounds, tauCategories, up } from "./axes.js";
import { errorBars, line, points, type Point, type Series } from "./series.js";
import { draw, type Chart } from "./svg.js";

/** The validation score against tau: all of it, and fine-tuning alone close up with its error bars. */
export function scoreCharts(results: TuneResults): Chart[] {
  return [overview(results), closeUp(results)];
}

function overview({ rows, best, metric }: TuneResults): Chart {
  const probed = rows.map((row): Point => [tau(row.tau), onAxis(row.probeValidationScore, metric)]);
  const tuned = rows.map((row): Point => [tau(row.tau), onAxis(row.bestValidationScore, metric)]);
  return draw({
    id: "score",
    title: "Before and after fine-tuning",
    description: rows
      .map(
        (row) =>
          `${tauEquals(row.tau)}: ${formatScore(row.probeValidationScore, metric)} after probing, ` +
          (row.diverged
            ? "diverged in fine-tuning"
            : `${formatScore(row.bestValidationScore, metric)} after fine-tuning`),
      )
      .join("; "),
    legend: ["probing alone", "after fine-tuning", "best", "diverged"],
    option: {
      grid,
      xAxis: tauCategories(rows.map((row) => row.tau)),
      yAxis: up(
        scoreAxis("validation", metric),
        limits(
          [...probed, ...tuned].map(([, y]) => y),
          scoreBounds(metric),
        ),
      ),
      series: [
        line("probing alone", probed, { color: colors.probing, dash: "dashed", points: true }),
        line("after fine-tuning", tuned, { color: colors.validation, points: true }),
        winnerPoint(rows, best?.tau, tuned),
        ...crosses(rows, probed),
      ],
    },
  });
}

function winnerPoint(rows: TuneRow[], best: Tau | undefined, data: Point[]): Series {
  return points(
    "best",
    data.filter((_, index) => rows[index]!.tau === best),
    { color: colors.winner, size: 11, z: 5 },
  );
}

/** A diverged run has no score: a cross stands where its fine-tuning started. */
function crosses(rows: TuneRow[], probed: Point[]): Series[] {
  const data = probed.filter((_, index) => rows[index]!.diverged);
  return data.length === 0 ? [] : [cross("diverged", data)];
}

const CROSS = "path://M0,2 L2,0 L5,3 L8,0 L10,2 L7,5 L10,8 L8,10 L5,7 L2,10 L0,8 L3,5 Z";

function cross(name: string, data: Point[]): Series {
  return points(name, data, { color: colors.ink, symbol: CROSS, size: 11, z: 6 });
}

function closeUp({ rows, best, data, metric }: TuneResults): Chart {
  const samples = data.validation.count;
  const tuned = rows.map((row): Point => {
    const score = finite(row.bestValidationScore);
    const { contributions } = row;
    const error = score === null ? null : standardError({ score, contributions }, { metric, samples });
    return [tau(row.tau), onAxis(score, metric), onAxis(error, metric)];
  });
  const known = tuned.some(([, , error]) => error !== null);
  const last = rows.map((row): Point => [tau(row.tau), onAxis(row.validationScore, metric)]);
  const ends = tuned.flatMap(([, y, error]) => (y === null ? [] : [y - (error ?? 0), y + (error ?? 0)]));
  const range = limits([...ends, ...last.map(([, y]) => y)], scoreBounds(metric));
  const floor = range.min ?? 0;
  const colorOf = (index: number) => (rows[index]!.tau === best?.tau ? colors.winner : colors.validation);
  const diverged = rows.filter((row) => row.diverged).map((row): Point => [tau(row.tau), floor]);
  return draw({
    id: "score-close",
    title: "Fine-tuning close up",
    description: `Best and last epoch's validation ${metric.name}${known ? " with one standard error" : ""}. ${rows
      .map((row) =>
        row.diverged
          ? `${tauEquals(row.tau)}: diverged`
          : `${tauEquals(row.tau)}: ${formatScore(row.bestValidationScore, metric)}`,
      )
      .join("; ")}`,
    note: known
      ? `Bars: one standard error to each side. Where they overlap widely, the order of the ${rows.some((row) => row.dial) ? "energies" : "taus"} may be chance.`
      : undefined,
    legend: ["best epoch", "last epoch", "diverged"],
    option: {
      grid,
      xAxis: tauCategories(rows.map((row) => row.tau)),
      yAxis: up(scoreAxis("validation", metric), range),
      series: [
        errorBars("standard error", tuned, colorOf),
        points("last epoch", last, { color: colors.validation, hollow: true, size: 7 }),
        points("best epoch", tuned, {
          color: colorOf,
          size: 9,
          z: 5,
          // beside the bar, where numbers neither cross it nor each other
          label: rows.length > 9 ? undefined : (index) => scoreNumber(rows[index]!.bestValidationScore, metric),
          labelPosition: "right",
        }),
        ...(diverged.length > 0 ? [cross("diverged", diverged)] : []),
      ],
    },
  });
}
