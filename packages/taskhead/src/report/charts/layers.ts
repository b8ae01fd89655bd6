import type { LayerResult, Moved } from "@taskhead/core/internals";
import { fixed, MISSING, significant, type Maybe } from "../../words/format.js";
import { colors, oodColor } from "../palette.js";
import { grid, limits, tauCategories, up } from "./axes.js";
import { line, type Point } from "./series.js";
import { draw, type Chart } from "./svg.js";

/** A set of samples that blocks moved on. */
export interface MovedSet {
  name: string;
  of: (layer: LayerResult) => Moved;
}

/** What share of its length an activation moved: mean ‖a_T − a_0‖ / mean ‖a_0‖; null where it has none. */
export function relative({ distance, norm }: Moved): number | null {
  return norm > 0 ? distance / norm : null;
}

/** CKA and relative movement, block by block, a line for each set. */
export function layerCharts(layers: readonly LayerResult[], sets: readonly MovedSet[]): Chart[] {
  const chart = (
    id: string,
    title: string,
    axis: string,
    value: (moved: Moved) => Maybe,
    write: (value: Maybe) => string,
    bounds: [number, number],
  ): Chart => {
    const lines = sets.map(({ name, of }, i) => ({
      name,
      color: i === 0 ? colors.validation : oodColor(i - 1),
      data: layers.map((layer, b): Point => [b, value(of(layer)) ?? null]),
    }));
    return draw({
      id,
      title,
      description: lines
        .map(({ name, data }) => `${name}: ${data.map(([, y]) => (y === null ? MISSING : write(y))).join(", ")}`)
        .join("; "),
      legend: lines.map(({ name }) => name),
      option: {
        grid,
        xAxis: tauCategories(
          layers.map((_, b) => b + 1),
          "block, from input to features",
        ),
        yAxis: up(
          axis,
          limits(
            lines.flatMap(({ data }) => data.map(([, y]) => y)),
            bounds,
          ),
        ),
        series: lines.map(({ name, data, color }, i) =>
          line(name, data, { color, points: true, dash: i === 0 ? "solid" : "dashed" }),
        ),
      },
    });
  };
  return [
    chart(
      "layer-movement",
      "How far each block moved",
      "mean ‖Δa‖ / mean ‖a‖",
      relative,
      (value) => significant(value),
      [0, Infinity],
    ),
    chart(
      "layer-cka",
      "What each block kept (1 = all)",
      "linear CKA",
      ({ cka }) => cka,
      (value) => fixed(value, 3),
      [0, 1],
    ),
  ];
}
