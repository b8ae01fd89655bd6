import { finite, fixed, percent, tauEquals, type Maybe } from "../format.js";
import { colors, tauColor } from "../palette.js";
import type { EpochRow, TuneResults } from "@taskhead/core";
import { across, asPercent, grid, limits, up } from "./axes.js";
import { line, points, type Point, type Series } from "./series.js";
import { draw, type Chart } from "./svg.js";

type Measure = (metrics: EpochRow) => Maybe;

const LOSS = "cross-entropy (nats)";
const ACCURACY = "accuracy (%)";

/** Loss and accuracy over the epochs of fine-tuning, a line per tau. */
export function curveCharts(results: TuneResults): Chart[] {
  const share = (measure: Measure): Measure => {
    return (metrics) => asPercent(measure(metrics));
  };
  return [
    chart(results, "train-loss", "Training loss", LOSS, (one) => one.loss),
    chart(results, "validation-loss", "Validation loss", LOSS, (one) => one.validationLoss),
    chart(
      results,
      "train-accuracy",
      "Training accuracy",
      ACCURACY,
      share((one) => one.trainScore),
    ),
    chart(
      results,
      "validation-accuracy",
      "Validation accuracy",
      ACCURACY,
      share((one) => one.validationScore),
    ),
  ];
}

/** What happens to the features and the head over the epochs of fine-tuning, on the validation images. */
export function courseCharts(results: TuneResults): Chart[] {
  const of = (id: string, title: string, axis: string, measure: Measure): Chart =>
    chart(results, `course-${id}`, title, axis, measure, [-Infinity, Infinity]);
  return [
    of("euclidean", "Distance moved", "mean ‖z − z_0‖, feature units", (one) => one.adaptation?.euclidean),
    of("cosine", "Direction kept", "mean cos(z, z_0), 1 = same", (one) => one.adaptation?.cosine),
    of("dot", "Dot product with the old features", "mean z · z_0, feature units²", (one) => one.adaptation?.dot),
    of("norm", "Length of the features", "mean ‖z‖, feature units", (one) => one.adaptation?.norm),
    of(
      "coherence",
      "Coherence of the moves",
      "‖mean Δz‖ / mean ‖Δz‖, 1 = all alike",
      (one) => one.adaptation?.coherence,
    ),
    of("head", "Size of the head", "‖W‖", (one) => one.headNorm),
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

function chart(
  results: TuneResults,
  id: string,
  title: string,
  axis: string,
  measure: Measure,
  bounds: [number, number] = [0, axis === ACCURACY ? 100 : Infinity],
): Chart {
  const epochs = results.rows.flatMap((row) => row.epochs.map((one) => one.epoch));
  const [first, last] = [Math.min(...epochs), Math.max(...epochs)];
  const span =
    epochs.length === 0 ? {} : first === last ? { min: first - 1, max: last + 1 } : { min: first, max: last };
  return draw({
    id,
    title,
    description: describe(results, measure, axis),
    height: 290,
    option: {
      grid: { ...grid, top: 14 },
      xAxis: across("epoch of fine-tuning", { ...span, minInterval: 1 }),
      yAxis: up(axis, range(results, measure, bounds)),
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

function describe({ rows }: TuneResults, measure: Measure, axis: string): string {
  const write =
    axis === ACCURACY
      ? (value: Maybe) => percent(finite(value) === null ? null : value! / 100)
      : (value: Maybe) => fixed(value, 3);
  const ends = rows.map((row) => {
    const [first, last] = [row.epochs[0], row.epochs.at(-1)];
    const course = first && last ? `from ${write(measure(first))} to ${write(measure(last))}` : "no epochs";
    return `${tauEquals(row.tau)}${row.diverged ? " (diverged)" : ""} ${course}`;
  });
  return `Over the epochs, ${ends.join("; ")}`;
}
