import type { theory } from "@taskhead/core";
import { adaptationMeasures } from "../charts/adaptation.js";
import { across, grid, limits, tauCategories, up } from "../charts/axes.js";
import { errorBars, line, points, type Point, type Series } from "../charts/series.js";
import { draw, type Chart } from "../charts/svg.js";
import { fixed, tau, tauEquals } from "../../words/format.js";
import { colors } from "../palette.js";
import type { TheoryReport } from "./results.js";

type Measure = keyof theory.Measures;

const TAU_AXIS = "time of head probing, τ";
const BARS = "Bars: one standard error of the mean over tasks.";

/** What the page opens with: the error on inputs unlike the training inputs, against tau. */
export function openingChart({ rows, findings }: TheoryReport): Chart {
  const best = rows.filter((row) => row.tau === findings.best.tau);
  const title = "Error on test inputs unlike the training inputs, by the time of head probing";
  return errors(rows, best, "error-ood", title, "probedErrorOod", "finetunedErrorOod");
}

/** Relative error against tau, of the probed and the fine-tuned network. */
export function errorCharts({ rows }: TheoryReport): Chart[] {
  return [errors(rows, [], "error-span", "Test inputs in the training span", "probedError", "finetunedError")];
}

function errors(
  rows: theory.Row[],
  marked: theory.Row[],
  id: string,
  title: string,
  probed: Measure,
  finetuned: Measure,
): Chart {
  const [before, after] = [overTaus(rows, probed), overTaus(rows, finetuned)];
  return draw({
    id,
    title,
    description: rows
      .map(
        ({ tau: t, mean }) =>
          `${tauEquals(t)}: ${fixed(mean[probed], 3)} probed, ${fixed(mean[finetuned], 3)} fine-tuned`,
      )
      .join("; "),
    note: BARS,
    legend: ["probing alone", "after fine-tuning"],
    option: {
      grid,
      xAxis: tauCategories(
        rows.map((row) => row.tau),
        TAU_AXIS,
      ),
      yAxis: up("relative squared error", limits(ends([before, after]), [0, Infinity])),
      series: [
        line("probing alone", before, { color: colors.probing, dash: "dashed", points: true }),
        line("after fine-tuning", after, { color: colors.validation, points: true }),
        errorBars("standard error", before, () => colors.probing),
        errorBars("standard error", after, () => colors.validation),
        points("best", overTaus(marked, finetuned), { color: colors.winner, size: 11, z: 5 }),
      ],
    },
  });
}

/** What probing leaves: energy and the head's norm against tau. */
export function probingCharts({ rows }: TheoryReport): Chart[] {
  return [
    probing(rows, "energy", "Energy", "energy", "mean ‖y − q‖"),
    probing(rows, "head-norm", "Norm of the head", "headNorm", "‖v‖, the true head has 1"),
  ];
}

function probing(rows: theory.Row[], id: string, title: string, measure: Measure, axis: string): Chart {
  const data = overTaus(rows, measure);
  return draw({
    id,
    title,
    description: rows.map(({ tau: t, mean }) => `${tauEquals(t)}: ${fixed(mean[measure], 3)}`).join("; "),
    note: BARS,
    option: {
      grid,
      xAxis: tauCategories(
        rows.map((row) => row.tau),
        TAU_AXIS,
      ),
      yAxis: up(axis, limits(ends([data]), [0, Infinity])),
      series: [
        line(title, data, { color: colors.train, points: true }),
        errorBars("standard error", data, () => colors.train),
      ],
    },
  });
}

/** How far fine-tuning moved the training features, against the energy it started from. */
export function adaptationCharts({ rows, findings }: TheoryReport): Chart[] {
  const byEnergy = [...rows].sort((a, b) => a.mean.energy - b.mean.energy);
  const energies = byEnergy.map(({ mean }) => mean.energy);
  return adaptationMeasures.map(({ id, title, axis, write }) => {
    const data = byEnergy.map(({ mean }): Point => [mean.energy, mean[id]]);
    return draw({
      id,
      title: `${title}: ${findings.trends[id]}`,
      description: `As energy grows, it ${findings.trends[id]}. ${byEnergy
        .map(({ tau: t, mean }) => `${tauEquals(t)}, energy ${fixed(mean.energy, 3)}: ${write(mean[id])}`)
        .join("; ")}`,
      option: {
        grid: { ...grid, top: 24 },
        xAxis: across("energy E at the start of fine-tuning", limits(energies, [0, Infinity])),
        yAxis: up(axis, limits(data.map(([, y]) => y))),
        series: [line(title, data, { color: colors.train, width: 1.5 }), labelled(data, byEnergy)],
      },
    });
  });
}

/** Points named by their tau; one that would crowd the name before it stays unnamed. */
function labelled(data: Point[], rows: theory.Row[]): Series {
  const energies = rows.map(({ mean }) => mean.energy);
  const room = 0.045 * (energies.at(-1)! - energies[0]!);
  let last = -Infinity;
  const names = rows.map((row, i) => {
    if (energies[i]! - last < room) return "";
    last = energies[i]!;
    return tau(row.tau);
  });
  return points("tau", data, { color: colors.train, label: (i) => names[i]! });
}

function overTaus(rows: theory.Row[], measure: Measure): Point[] {
  return rows.map(({ tau: t, mean, standardError }): Point => [
    tau(t),
    mean[measure],
    standardError?.[measure] ?? null,
  ]);
}

/** The lowest and highest reach of every error bar. */
function ends(data: Point[][]): number[] {
  return data.flat().flatMap(([, y, error]) => [y! - (error ?? 0), y! + (error ?? 0)]);
}
