import { finite, fixed, formatScore, scaled, tauEquals, type Maybe } from "../../words/format.js";
import { lossNames } from "../../words/subject.js";
import { colors, tauColor } from "../palette.js";
import type { TuneResults } from "@taskhead/core";
import type { EpochRow } from "@taskhead/core/internals";
import { across, grid, limits, onAxis, scoreAxis, scoreBounds, up } from "./axes.js";
import { line, points, type Point, type Series } from "./series.js";
import { draw, type Chart } from "./svg.js";

type Measure = (metrics: EpochRow) => Maybe;

/** How a measure is drawn and told. */
interface Scale {
  axis: string;
  bounds: [number, number];
  write: (value: Maybe) => string;
}

/** Loss and score over the epochs of fine-tuning, a line per tau. */
export function curveCharts(results: TuneResults): Chart[] {
  const { metric, data } = results;
  const loss: Scale = { axis: lossNames[data.objective], bounds: [0, Infinity], write: thousandths };
  const score: Scale = {
    axis: scoreAxis("", metric),
    bounds: scoreBounds(metric),
    write: (value) => formatScore(metric.percent ? scaled(value, 0.01) : value, metric),
  };
  return [
    chart(results, "train-loss", "Training loss", loss, (one) => one.loss),
    chart(results, "validation-loss", "Validation loss", loss, (one) => one.validationLoss),
    chart(results, "train-score", `Training ${metric.name}`, score, (one) => onAxis(one.trainScore, metric)),
    chart(results, "validation-score", `Validation ${metric.name}`, score, (one) =>
      onAxis(one.validationScore, metric),
    ),
  ];
}

function thousandths(value: Maybe): string {
  return fixed(value, 3);
}

/** What happens to the features and the head over the epochs of fine-tuning, on the validation samples. */
export function courseCharts(results: TuneResults): Chart[] {
  const scale = (axis: string, ...bounds: [number, number]): Scale => ({ axis, bounds, write: thousandths });
  const of = (id: string, title: string, how: Scale, measure: Measure): Chart =>
    chart(results, `course-${id}`, title, how, measure);
  const distance = scale("mean ‖z − z_0‖", 0, Infinity);
  const direction = scale("mean cos(z, z_0)", -1, 1);
  const dot = scale("mean z · z_0", -Infinity, Infinity);
  const coherence = scale("‖mean Δz‖ / mean ‖Δz‖", 0, 1);
  return [
    of("euclidean", "Distance moved", distance, (one) => one.adaptation?.euclidean),
    of("cosine", "Direction kept (1 = the same)", direction, (one) => one.adaptation?.cosine),
    of("dot", "Dot product with the old features", dot, (one) => one.adaptation?.dot),
    of("norm", "Length of the features", scale("mean ‖z‖", 0, Infinity), (one) => one.adaptation?.norm),
    of("coherence", "Coherence of the moves (1 = all alike)", coherence, (one) => one.adaptation?.coherence),
    of("head", "Size of the head", scale("‖W‖", 0, Infinity), (one) => one.headNorm),
  ];
}

/** The colour and name of each line, for a legend that all curve charts share. */
export function curveLegend({ rows, best }: TuneResults) {
  return rows.map((row, index) => ({
    name: tauEquals(row.tau) + (row.diverged ? ", diverged" : ""),
    color: row.tau === best?.tau ? colors.winner : tauColor(index),
    winner: row.tau === best?.tau,
  }));
}

function chart(results: TuneResults, id: string, title: string, scale: Scale, measure: Measure): Chart {
  const epochs = results.rows.flatMap((row) => row.epochs.map((one) => one.epoch));
  const [first, last] = [Math.min(...epochs), Math.max(...epochs)];
  const span =
    epochs.length === 0 ? {} : first === last ? { min: first - 1, max: last + 1 } : { min: first, max: last };
  return draw({
    id,
    title,
    description: describe(results, measure, scale),
    height: 262,
    option: {
      grid: { ...grid, top: 14 },
      xAxis: across("epoch of fine-tuning", { ...span, minInterval: 1 }),
      yAxis: up(scale.axis, range(results, measure, scale.bounds)),
      series: results.rows.flatMap((_, index) => lines(results, index, measure)),
    },
  });
}

function lines(results: TuneResults, index: number, measure: Measure): Series[] {
  const row = results.rows[index]!;
  const winner = row.tau === results.best?.tau;
  const data = row.epochs.map((one): Point => [one.epoch, finite(measure(one))]);
  const color = winner ? colors.winner : tauColor(index);
  const curve = line(tauEquals(row.tau), data, { color, width: winner ? 3 : 1.6, z: winner ? 4 : 2 });
  const chosen = data.filter(([epoch]) => winner && epoch === results.best?.epoch);
  return [curve, points("chosen epoch", chosen, { color: colors.winner, size: 10, z: 6 })];
}

/** A diverging loss would flatten all the others, so the scale is that of the runs that went well. */
function range({ rows }: TuneResults, measure: Measure, bounds: [number, number]) {
  const sound = rows.filter((row) => !row.diverged);
  return limits(
    (sound.length > 0 ? sound : rows).flatMap((row) => row.epochs.map(measure)),
    bounds,
  );
}

function describe({ rows }: TuneResults, measure: Measure, { write }: Scale): string {
  const ends = rows.map((row) => {
    const [first, last] = [row.epochs[0], row.epochs.at(-1)];
    const course = first && last ? `from ${write(measure(first))} to ${write(measure(last))}` : "no epochs";
    return `${tauEquals(row.tau)}${row.diverged ? " (diverged)" : ""} ${course}`;
  });
  return `Over the epochs, ${ends.join("; ")}`;
}
