import { accuracyError, type Tau } from "@taskhead/core";
import { finite, percent, percentNumber, tau, tauEquals } from "../format.js";
import { colors } from "../palette.js";
import type { TuneResults, TuneRow } from "@taskhead/core";
import { asPercent, grid, legend, limits, tauCategories, up } from "./axes.js";
import { errorBars, line, points, type Point, type Series } from "./series.js";
import { draw, type Chart } from "./svg.js";

/** Validation accuracy against tau: all of it, and fine-tuning alone close up with its error bars. */
export function accuracyCharts(results: TuneResults): Chart[] {
  return [overview(results), closeUp(results)];
}

function overview({ rows, best }: TuneResults): Chart {
  const probed = rows.map((row): Point => [tau(row.tau), asPercent(row.probeValidationScore)]);
  const tuned = rows.map((row): Point => [tau(row.tau), asPercent(row.bestValidationScore)]);
  return draw({
    id: "accuracy",
    title: "Before and after fine-tuning",
    description: rows
      .map(
        (row) =>
          `${tauEquals(row.tau)}: ${percent(row.probeValidationScore)} after probing, ` +
          (row.diverged ? "diverged in fine-tuning" : `${percent(row.bestValidationScore)} after fine-tuning`),
      )
      .join("; "),
    option: {
      grid,
      legend,
      xAxis: tauCategories(rows.map((row) => row.tau)),
      yAxis: up(
        "validation accuracy (%)",
        limits(
          [...probed, ...tuned].map(([, y]) => y),
          [0, 100],
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

/** A diverged run has no accuracy: a cross stands where its fine-tuning started. */
function crosses(rows: TuneRow[], probed: Point[]): Series[] {
  const data = probed.filter((_, index) => rows[index]!.diverged);
  return data.length === 0 ? [] : [cross("diverged", data)];
}

const CROSS = "path://M0,2 L2,0 L5,3 L8,0 L10,2 L7,5 L10,8 L8,10 L5,7 L2,10 L0,8 L3,5 Z";

function cross(name: string, data: Point[]): Series {
  return points(name, data, { color: colors.ink, symbol: CROSS, size: 11, z: 6 });
}

function closeUp({ rows, best, data }: TuneResults): Chart {
  const images = data.validation.count;
  const tuned = rows.map((row): Point => {
    const accuracy = finite(row.bestValidationScore);
    const error = accuracy === null ? null : accuracyError(accuracy, images);
    return [tau(row.tau), asPercent(accuracy), asPercent(error)];
  });
  const last = rows.map((row): Point => [tau(row.tau), asPercent(row.validationScore)]);
  const ends = tuned.flatMap(([, y, error]) => (y === null ? [] : [y - (error ?? 0), y + (error ?? 0)]));
  const range = limits([...ends, ...last.map(([, y]) => y)], [0, 100]);
  const floor = range.min ?? 0;
  const colorOf = (index: number) => (rows[index]!.tau === best?.tau ? colors.winner : colors.validation);
  const diverged = rows.filter((row) => row.diverged).map((row): Point => [tau(row.tau), floor]);
  return draw({
    id: "accuracy-close",
    title: "Fine-tuning close up",
    description: `Best and last epoch's validation accuracy with one standard error. ${rows
      .map((row) =>
        row.diverged ? `${tauEquals(row.tau)}: diverged` : `${tauEquals(row.tau)}: ${percent(row.bestValidationScore)}`,
      )
      .join("; ")}`,
    note: "Bars: one standard error to each side. Where they overlap widely, the order of the taus may be chance.",
    option: {
      grid,
      legend: { ...legend, data: ["best epoch", "last epoch", ...(diverged.length > 0 ? ["diverged"] : [])] },
      xAxis: tauCategories(rows.map((row) => row.tau)),
      yAxis: up("validation accuracy (%)", range),
      series: [
        errorBars("standard error", tuned, colorOf),
        points("last epoch", last, { color: colors.validation, hollow: true, size: 7 }),
        points("best epoch", tuned, {
          color: colorOf,
          size: 9,
          z: 5,
          // beside the bar, where numbers neither cross it nor each other
          label: rows.length > 9 ? undefined : (index) => percentNumber(rows[index]!.bestValidationScore),
          labelPosition: "right",
        }),
        ...(diverged.length > 0 ? [cross("diverged", diverged)] : []),
      ],
    },
  });
}
