import { across, grid, legend, limits, up } from "./axes.js";
import { percent, plural } from "../format.js";
import { colors } from "../palette.js";
import type { BestRun, DataSummary } from "../results.js";
import { points, type Point } from "./series.js";
import { draw, type Chart } from "./svg.js";

/** More classes than this cannot be told apart by colour. */
const FEW = 8;

/** Categorical colours that stay apart for most kinds of colour vision (Okabe and Ito 2008), readable on both papers. */
const hues = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#999999"];

/** The winner's validation features before and after fine-tuning, in the same two dimensions and on the same scale. */
export function projectionCharts({ projection, projectedClasses }: BestRun, { classes }: DataSummary): Chart[] {
  const all = [...projection.before, ...projection.after];
  const scale = { x: limits(all.map(([x]) => x)), y: limits(all.map(([, y]) => y)) };
  const [first, second] = projection.explained;
  const groups = classes.length <= FEW ? classes.map((_, c) => c) : [null];
  const of = (id: string, title: string, places: [number, number][]): Chart =>
    draw({
      id,
      title,
      description: `${plural(places.length, "image")} in the first two principal components of the features before and after together.`,
      option: {
        grid,
        legend: groups.length > 1 ? { ...legend, data: classes } : { show: false },
        xAxis: across(`first component (${percent(first)} of the variance)`, scale.x),
        yAxis: up(`second (${percent(second)})`, scale.y),
        series: groups.map((c) =>
          points(
            c === null ? "images" : classes[c]!,
            places.filter((_, i) => c === null || projectedClasses[i] === c).map(([x, y]): Point => [x, y]),
            { color: c === null ? colors.validation : hues[c]!, size: 6 },
          ),
        ),
      },
    });
  return [of("features-before", "Before", projection.before), of("features-after", "After", projection.after)];
}
