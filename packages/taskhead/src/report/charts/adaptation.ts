import { finite, fixed, significant, tau, tauEquals, type Maybe } from "../../words/format.js";
import { colors } from "../palette.js";
import type { TuneResults, TuneRow } from "@taskhead/core";
import { across, grid, limits, up } from "./axes.js";
import { line, points, reference, type Point, type Series } from "./series.js";
import { draw, type Chart } from "./svg.js";

interface Measure {
  id: "euclidean" | "cosine" | "dot" | "norm";
  title: string;
  axis: string;
  train: (row: TuneRow) => Maybe;
  validation: (row: TuneRow) => Maybe;
  /** what it can be */
  bounds?: [number, number];
  write: (value: Maybe) => string;
  /** a value that helps to read the others */
  reference?: (results: TuneResults) => { name: string; value: number };
}

export const adaptationMeasures: Measure[] = [
  {
    id: "euclidean",
    title: "Distance moved",
    axis: "mean ‖z_T − z_0‖",
    train: (row) => row.euclidean,
    validation: (row) => row.validationEuclidean,
    bounds: [0, Infinity],
    write: (value) => significant(value),
  },
  {
    id: "cosine",
    title: "Direction kept (1 = the same)",
    axis: "mean cos(z_T, z_0)",
    train: (row) => row.cosine,
    validation: (row) => row.validationCosine,
    bounds: [-1, 1],
    write: (value) => fixed(value, 3),
  },
  {
    id: "dot",
    title: "Dot product with the old features",
    axis: "mean z_T · z_0",
    train: (row) => row.dot,
    validation: (row) => row.validationDot,
    write: (value) => significant(value),
  },
  {
    id: "norm",
    title: "Length of the features",
    axis: "mean ‖z_T‖",
    train: (row) => row.norm,
    validation: (row) => row.validationNorm,
    bounds: [0, Infinity],
    write: (value) => significant(value),
    reference: ({ featureNorm }) => ({ name: "before fine-tuning", value: featureNorm }),
  },
];

/** How far fine-tuning moved the features, against the energy it started from. */
export function adaptationCharts(results: TuneResults): Chart[] {
  return adaptationMeasures.map((measure) => chart(results, measure));
}

function chart(results: TuneResults, measure: Measure): Chart {
  const rows = [...results.rows].filter((row) => finite(row.energy) !== null).sort((a, b) => a.energy! - b.energy!);
  const train = rows.map((row): Point => [row.energy!, finite(measure.train(row))]);
  const validation = rows.map((row): Point => [row.energy!, finite(measure.validation(row))]);
  const mark = measure.reference?.(results);
  return draw({
    id: measure.id,
    title: measure.title,
    description: describe(rows, measure),
    legend: ["training", "validation"],
    option: {
      grid,
      xAxis: across(
        "energy E at the start of fine-tuning",
        limits(
          rows.map((row) => row.energy),
          [0, Infinity],
        ),
      ),
      yAxis: up(measure.axis, {
        ...limits([...train, ...validation].map(([, y]) => y).concat(mark?.value ?? null), measure.bounds),
      }),
      series: [
        line("validation", validation, { color: colors.validation, dash: "dashed", width: 1.5, hollow: true }),
        line("training", train, { color: colors.train, width: 1.5 }),
        dots("validation", validation, train, rows, results, { hollow: true }),
        dots("training", train, validation, rows, results, { hollow: false }),
        ...(mark ? [reference(mark.name, mark.value)] : []),
      ],
    },
  });
}

/** Of a run's two points the upper one is named, so that no name lies on the other point. */
function dots(
  name: string,
  data: Point[],
  others: Point[],
  rows: TuneRow[],
  { best }: TuneResults,
  { hollow }: { hollow: boolean },
): Series {
  const usual = hollow ? colors.validation : colors.train;
  return points(name, data, {
    color: (index) => (rows[index]!.tau === best?.tau ? colors.winner : usual),
    hollow,
    size: hollow ? 7 : 8,
    label: (index) => (isUpper(data[index]![1], others[index]![1], hollow) ? tau(rows[index]!.tau) : null),
  });
}

function isUpper(own: number | null, other: number | null, hollow: boolean): boolean {
  if (own === null || other === null) return own !== null;
  return hollow ? own > other : own >= other;
}

function describe(rows: TuneRow[], { train, write }: Measure): string {
  const values = rows.map((row) => {
    const energy = row.dial ? "" : `, energy ${fixed(row.energy, 3)}`;
    return `${tauEquals(row.tau)}${energy}: ${write(train(row))}`;
  });
  return `On the training set. ${values.join("; ")}`;
}
