import { compareTaus, type Metric } from "@taskhead/core/internals";
import { across, grid, limits, onAxis, rateAxis, scoreAxis, scoreBounds, tauCategories, up } from "../charts/axes.js";
import { errorBars, line, points, type Point } from "../charts/series.js";
import { draw, type Chart } from "../charts/svg.js";
import { capital, formatScore, significant, tau, tauEquals } from "../../words/format.js";
import { colors } from "../palette.js";
import type { SweepResults, SweepRow } from "./results.js";

export function sweepCharts(results: SweepResults): Chart[] {
  const trained = results.rows.filter((row) => row.learningRate !== null);
  return [scoresOverTaus(results), scoresOverRates(results, trained), course(results, trained)];
}

function winnerOf({ rows, best }: SweepResults): SweepRow | undefined {
  return best === null ? undefined : rows[best.row];
}

/** Candidates that went to the end filled, those that stopped before hollow. */
function scoresOverTaus(results: SweepResults): Chart {
  const sound = results.rows.filter((row) => row.mean !== null).toSorted((a, b) => compareTaus(a.tau, b.tau));
  const winner = winnerOf(results);
  const color = (rows: SweepRow[]) => (index: number) => (rows[index] === winner ? colors.winner : colors.validation);
  const finished = sound.filter((row) => row.status === "finished");
  const stopped = sound.filter((row) => row.status === "stopped");
  const place = (row: SweepRow): Point => [
    tau(row.tau),
    onAxis(row.mean, results.metric),
    onAxis(row.spread, results.metric),
  ];
  const ends = sound.map(place).flatMap(([, y, bar]) => [y! - (bar ?? 0), y! + (bar ?? 0)]);
  return draw({
    id: "sweep-taus",
    title: "Every candidate, by its τ",
    description: sound
      .map((row) => `${tauEquals(row.tau)}: ${formatScore(row.mean, results.metric)}, ${row.status}`)
      .join("; "),
    note: `Bars: one standard deviation over the seeds.${stopped.length > 0 ? " Hollow: stopped at a rung, trained for fewer epochs." : ""}`,
    legend: ["finished", ...(stopped.length ? ["stopped"] : [])],
    option: {
      grid,
      xAxis: tauCategories([...new Set(sound.map((row) => row.tau))]),
      yAxis: up(scoreAxis("validation", results.metric), limits(ends, scoreBounds(results.metric))),
      series: [
        errorBars("deviation", finished.map(place), color(finished)),
        points("stopped", stopped.map(place), { color: colors.validation, hollow: true, size: 7 }),
        points("finished", finished.map(place), { color: color(finished), size: 9, z: 5 }),
      ],
    },
  });
}

function scoresOverRates(results: SweepResults, rows: SweepRow[]): Chart {
  const winner = winnerOf(results);
  const sound = rows.filter((row) => row.mean !== null);
  const range = limits(
    sound.map((row) => onAxis(row.mean, results.metric)),
    scoreBounds(results.metric),
  );
  const { position, axis } = rateAxis(rows.map((row) => row.learningRate!));
  const place = (row: SweepRow): Point => [
    position(row.learningRate!),
    onAxis(row.mean, results.metric) ?? range.min ?? 0,
  ];
  const diverged = rows.filter((row) => row.status === "diverged");
  return draw({
    id: "sweep-rates",
    title: "Every candidate, by its learning rate",
    description: rows
      .map(
        (row) =>
          `rate ${significant(row.learningRate, 3)}: ${row.mean === null ? "diverged" : formatScore(row.mean, results.metric)}`,
      )
      .join("; "),
    note: diverged.length ? "Triangles at the bottom: diverged." : undefined,
    option: {
      grid,
      xAxis: axis,
      yAxis: up(scoreAxis("validation", results.metric), range),
      series: [
        points("sound", sound.map(place), {
          color: (index) => (sound[index] === winner ? colors.winner : colors.validation),
          // names of all would lie on each other where rates are shared
          label: (index) => (sound[index] === winner ? tauEquals(sound[index]!.tau) : null),
        }),
        points("diverged", diverged.map(place), { color: colors.ink, symbol: "triangle", size: 9 }),
      ],
    },
  });
}

/** Mean score after each epoch: where halving stopped a candidate, its line ends. */
function course(results: SweepResults, rows: SweepRow[]): Chart {
  const winner = winnerOf(results);
  const curves = rows.map((row) => ({ row, data: meanCourse(row, results.metric) }));
  const all = curves.flatMap(({ data }) => data.map(([, y]) => y));
  return draw({
    id: "sweep-course",
    title: `${capital(results.metric.name)} during fine-tuning`,
    description: curves
      .map(({ row, data }) => `${tauEquals(row.tau)}: ${data.length} epochs, ${row.status}`)
      .join("; "),
    note: "Means over the seeds; the winner is thick.",
    option: {
      grid: { ...grid, top: 14 },
      xAxis: across("epoch of fine-tuning", { minInterval: 1 }),
      yAxis: up(scoreAxis("validation", results.metric), limits(all, scoreBounds(results.metric))),
      series: curves.map(({ row, data }, i) =>
        line(String(i), data, {
          color: row === winner ? colors.winner : colors.validation,
          width: row === winner ? 3 : 1,
          z: row === winner ? 5 : 2,
        }),
      ),
    },
  });
}

function meanCourse({ trials, epochs }: SweepRow, metric: Metric): Point[] {
  const shortest = Math.min(epochs, ...trials.map((trial) => trial.validationScores.length));
  return Array.from({ length: shortest }, (_, i) => {
    const sum = trials.reduce((total, trial) => total + trial.validationScores[i]!, 0);
    return [i + 1, onAxis(sum / trials.length, metric)];
  });
}
