import { count, percent, percentNumber, shorten } from "../../words/format.js";
import { colors } from "../palette.js";
import type { ClassResult } from "@taskhead/core/internals";
import type { Classified } from "../classified.js";
import { across, asPercent, labelStyle, legend, named } from "./axes.js";
import { bars, type Series } from "./series.js";
import { draw, WIDTH, type Chart } from "./svg.js";

/** More classes than this are left out of the bars, and there is no confusion matrix. */
export const MAX_CLASSES = 30;

/** Up to so many classes, bars and table stand side by side. */
export const FEW_CLASSES = 12;

/** Worst recall first; classes without samples, which have none, at the end. */
export function worstFirst(classes: ClassResult[]): ClassResult[] {
  return [...classes].sort((a, b) => (a.recall ?? 2) - (b.recall ?? 2) || (a.precision ?? 2) - (b.precision ?? 2));
}

/** Recall and precision of the worst classes, worst on top. */
export function classChart({ classes }: Classified, sample: string): Chart {
  const shown = worstFirst(classes).slice(0, MAX_CLASSES);
  const all = shown.length === classes.length;
  const names =
    classes.length > FEW_CLASSES
      ? { left: 250, characters: 28, width: 760 }
      : { left: 150, characters: 16, width: WIDTH };
  return draw({
    id: "class-bars",
    title: all ? "Recall and precision by class" : `The ${MAX_CLASSES} classes with the lowest recall`,
    description: shown
      .map(
        (one) =>
          `${one.label}: recall ${percent(one.recall)}, precision ${percent(one.precision)}, ${one.support} ${sample}s`,
      )
      .join("; "),
    note:
      `Recall: of the ${sample}s of a class, the share found. Precision: of the ${sample}s called so, the share that are. ` +
      `In brackets: validation ${sample}s.` +
      (all ? "" : ` ${count(classes.length)} classes in all; the table has every one.`),
    width: names.width,
    height: 84 + (all && classes.length <= FEW_CLASSES ? 30 : 26) * shown.length,
    option: {
      grid: { left: names.left, right: 46, top: 34, bottom: 50, outerBoundsMode: "none" },
      legend: { ...legend, left: names.left - 6 },
      xAxis: across("share (%)", {
        min: 0,
        max: 100,
        scale: false,
        axisLine: { show: false },
        splitLine: { show: true, lineStyle: { color: colors.rule } },
      }),
      yAxis: named(
        shown.map((one) => `${shorten(one.label, names.characters)} (${count(one.support)})`),
        names.left,
      ),
      series: [
        bars(
          "recall",
          shown.map((one) => asPercent(one.recall)),
          colors.validation,
          (i) => percentNumber(shown[i]!.recall),
        ),
        bars(
          "precision",
          shown.map((one) => asPercent(one.precision)),
          colors.train,
        ),
      ],
    },
  });
}

/** Which class was taken for which. Null beyond MAX_CLASSES, where nothing could be read. */
export function confusionChart(
  { classes, confusion }: Pick<Classified, "classes" | "confusion">,
  sample: string,
): Chart | null {
  const size = classes.length;
  if (size > MAX_CLASSES || size === 0) return null;
  const cell = Math.max(24, Math.min(52, Math.floor(560 / size)));
  const labels = classes.map((one) => shorten(one.label, 20));
  // room for the longest name and, beyond it, the axis name; the names below are turned by 45°
  const longest = 7.5 * Math.max(...labels.map((label) => label.length));
  const [left, bottom] = [42 + longest, 44 + 0.75 * longest];
  const axis = {
    type: "category" as const,
    data: labels,
    nameLocation: "middle" as const,
    nameTextStyle: { color: colors.muted, fontSize: 12.5 },
    axisLine: { show: false },
    axisTick: { show: false },
  };
  const cells = confusion.flatMap((row, truth) => row.map((count, predicted) => [predicted, truth, count]));
  return draw({
    id: "confusion",
    title: "Confusion matrix",
    description: confusions(classes, confusion),
    note: `Numbers are validation ${sample}s; the stronger the colour, the larger the share of the true class (row). The diagonal is right.`,
    width: left + 16 + size * cell,
    height: 12 + bottom + size * cell,
    option: {
      grid: { left, right: 16, top: 12, bottom, outerBoundsMode: "none" },
      xAxis: {
        ...axis,
        name: "predicted",
        nameGap: bottom - 22,
        axisLabel: { ...labelStyle, interval: 0, rotate: 45 },
      },
      yAxis: { ...axis, name: "true", nameGap: left - 22, inverse: true, axisLabel: { ...labelStyle, interval: 0 } },
      series: [matrix(cells, confusion, cell)],
    },
  });
}

function matrix(cells: number[][], confusion: number[][], cell: number): Series {
  const totals = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  return {
    type: "custom",
    silent: true,
    data: cells,
    renderItem: (_: unknown, api: { value(i: number): number; coord(p: number[]): number[] }) => {
      const [predicted, truth, count] = [api.value(0), api.value(1), api.value(2)];
      const [x, y] = api.coord([predicted, truth]) as [number, number];
      const share = count / (totals[truth] || 1);
      const side = cell - 2;
      return {
        type: "group",
        children: [
          rectangle(x - side / 2, y - side / 2, side, colors.rule, 0.45),
          rectangle(x - side / 2, y - side / 2, side, colors.validation, Math.sqrt(share)),
          {
            type: "text",
            style: {
              x,
              y,
              text: count === 0 ? "" : String(count),
              textAlign: "center",
              textVerticalAlign: "middle",
              fontSize: cell < 30 ? 10 : 12,
              fontFamily: "system-ui, sans-serif",
              fill: Math.sqrt(share) > 0.5 ? colors.paper : colors.ink,
            },
          },
        ],
      };
    },
  } as unknown as Series;
}

function rectangle(x: number, y: number, side: number, fill: string, opacity: number) {
  return { type: "rect", shape: { x, y, width: side, height: side, r: 2 }, style: { fill, opacity } };
}

/** A class and the class it is most often taken for. */
export interface Confusion {
  label: string;
  count: number;
}

/** What the index-th class was most often mistaken for; null if it never was. */
export function mistakenFor(classes: ClassResult[], confusion: number[][], index: number): Confusion | null {
  let worst: Confusion | null = null;
  (confusion[index] ?? []).forEach((count, predicted) => {
    if (predicted !== index && count > (worst?.count ?? 0)) worst = { label: classes[predicted]?.label ?? "", count };
  });
  return worst;
}

function confusions(classes: ClassResult[], confusion: number[][]): string {
  return classes
    .map((one, index) => {
      const wrong = mistakenFor(classes, confusion, index);
      const right = `${one.correct} of ${one.support} ${one.label} right`;
      return wrong ? `${right}, ${wrong.count} taken for ${wrong.label}` : right;
    })
    .join("; ");
}
