import { across, grid, legend, limits, up } from "./axes.js";
import { percent, plural } from "../../words/format.js";
import { colors } from "../palette.js";
import type { BestRun, DataSummary } from "@taskhead/core/internals";
import { points, type Point } from "./series.js";
import { draw, type Chart } from "./svg.js";

/** Colours for classes, as far apart as ten can be and readable on light and dark paper (after Tableau). */
const hues = "#4e79a7 #f28e2b #e15759 #76b7b2 #59a14f #b89b23 #b07aa1 #ff9da7 #9c755f #8f8f8f".split(" ");

/** The winner's validation features before and after fine-tuning, in the same two dimensions and on the same scale. */
export function projectionCharts({ projection, projectedClasses }: BestRun, { sample, outputs }: DataSummary): Chart[] {
  const all = [...projection.before, ...projection.after];
  const scale = { x: limits(all.map(([x]) => x)), y: limits(all.map(([, y]) => y)) };
  const [first, second] = projection.explained;
  // More classes than colours cannot be told apart.
  const classes = projectedClasses !== null && outputs.length <= hues.length ? outputs : [];
  const groups = classes.length > 0 ? classes.map((_, c) => c) : [null];
  const of = (id: string, title: string, places: [number, number][]): Chart =>
    draw({
      id,
      title,
      description: `${plural(places.length, sample)} in the first two principal components of the features before and after together.`,
      option: {
        grid: { ...grid, top: groups.length > 5 ? 58 : grid.top },
        legend: groups.length > 1 ? { ...legend, itemGap: 8, data: classes } : { show: false },
        xAxis: across(`first component (${percent(first)} of the variance)`, scale.x),
        yAxis: up(`second (${percent(second)})`, scale.y),
        series: groups.map((c) =>
          points(
            c === null ? `${sample}s` : classes[c]!,
            places.filter((_, i) => c === null || projectedClasses![i] === c).map(([x, y]): Point => [x, y]),
            { color: c === null ? colors.validation : hues[c]!, size: 6 },
          ),
        ),
      },
    });
  return [of("features-before", "Before", projection.before), of("features-after", "After", projection.after)];
}
