import { across, grid, limits, up } from "./axes.js";
import { percent, plural } from "../../words/format.js";
import { classColor, CLASS_COLORS, colors } from "../palette.js";
import type { BestRun, DataSummary } from "@taskhead/core/internals";
import { unitNoun } from "../../words/subject.js";
import { escapeHtml } from "../escape.js";
import { points, type Point } from "./series.js";
import { draw, type Chart } from "./svg.js";

/** Beside the colour, so that classes are told apart without it. */
const symbols = ["circle", "rect", "triangle", "diamond"];

/** The winner's validation features before and after fine-tuning, in the same two dimensions and on the same scale. */
export function projectionCharts({ projection, projectedClasses }: BestRun, data: DataSummary): Chart[] {
  const clouds = [
    { id: "features-before", title: "Before", places: projection.before },
    { id: "features-after", title: "After", places: projection.after },
  ];
  return cloudCharts(clouds, {
    explained: projection.explained,
    classes: projectedClasses,
    outputs: data.outputs,
    sample: unitNoun(data),
  });
}

/** Samples in two dimensions, at one time. */
export interface Cloud {
  /** unique in the page, letters and hyphens */
  id: string;
  title: string;
  places: [number, number][];
}

export interface CloudSubject {
  explained: [number, number];
  /** of each sample; null where there are no classes */
  classes: number[] | null;
  outputs: string[];
  /** a noun that takes an s */
  sample: string;
}

/** Clouds of the same samples, side by side on the same scale. */
export function cloudCharts(clouds: Cloud[], { explained, classes: of, outputs, sample }: CloudSubject): Chart[] {
  const all = clouds.flatMap(({ places }) => places);
  const scale = { x: limits(all.map(([x]) => x)), y: limits(all.map(([, y]) => y)) };
  const [first, second] = explained;
  const classes = coloured(of, outputs);
  const groups = classes.length > 0 ? classes.map((_, c) => c) : [null];
  return clouds.map(({ id, title, places }) =>
    draw({
      id,
      title,
      description: `${plural(places.length, sample)} in the first two principal components of the features, fitted on ${clouds.length === 2 ? "both pictures" : "all pictures"} together.`,
      option: {
        grid: { ...grid, top: 12 },
        xAxis: across(`first component (${percent(first)} of the variance)`, scale.x),
        yAxis: up(`second (${percent(second)})`, scale.y),
        series: groups.map((c) =>
          points(
            c === null ? `${sample}s` : classes[c]!,
            places.filter((_, i) => c === null || of![i] === c).map(([x, y]): Point => [x, y]),
            {
              color: c === null ? colors.validation : classColor(c),
              size: 7,
              ...(c === null ? {} : { symbol: symbolOf(c) }),
            },
          ),
        ),
      },
    }),
  );
}

/** The classes that the dots are coloured by; none where there are more than colours. */
function coloured(projected: number[] | null, outputs: string[]): string[] {
  return projected !== null && outputs.length <= CLASS_COLORS ? outputs : [];
}

function symbolOf(index: number): string {
  return symbols[index % symbols.length]!;
}

const marks: Record<string, string> = {
  circle: '<circle cx="11" cy="5" r="4.5"/>',
  rect: '<rect x="6.5" y=".5" width="9" height="9"/>',
  triangle: '<path d="M11 0 L16 10 H6 Z"/>',
  diamond: '<path d="M11 0 L16 5 L11 10 L6 5 Z"/>',
};

/** Which class has which colour and mark, as HTML; empty where the dots have one colour. */
export function projectionLegend({ projectedClasses }: BestRun, { outputs }: DataSummary): string {
  return classLegend(coloured(projectedClasses, outputs));
}

/** The same for classes by name. */
export function classLegend(names: readonly string[]): string {
  const items = names.map(
    (name, index) =>
      `<li><svg viewBox="0 0 22 10" aria-hidden="true" fill="${classColor(index)}">${marks[symbolOf(index)]}</svg><bdi>${escapeHtml(name)}</bdi></li>`,
  );
  return items.length === 0 ? "" : `<ul class="legend">${items.join("")}</ul>`;
}
