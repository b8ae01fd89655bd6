import { count, percent, percentNumber, shorten } from "../format.js";
import { colors } from "../palette.js";
import type { ClassResult } from "@taskhead/core";
import type { Classified } from "../classified.js";
import { across, asPercent, labelStyle, legend } from "./axes.js";
import type { Series } from "./series.js";
import { draw, WIDTH, type Chart } from "./svg.js";

/** More classes than this are left out of the bars, and there is no confusion matrix. */
export const MAX_CLASSES = 30;

/** Up to so many classes, bars and table stand side by side. */
export const FEW_CLASSES = 12;

/** Worst recall first; classes without images, which have none, at the end. */
export function worstFirst(classes: ClassResult[]): ClassResult[] {
  return [...classes].sort((a, b) => (a.recall ?? 2) - (b.recall ?? 2) || (a.precision ?? 2) - (b.precision ?? 2));
}

/** Recall and precision of the worst classes, worst on top. */
export function classChart({ classes }: Classified): Chart {
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
          `${one.label}: recall ${percent(one.recall)}, precision ${percent(one.precision)}, ${one.support} images`,
      )
      .join("; "),
    note:
      `Recall: of the images of a class, the share found. Precision: of the images called so, the share that are. ` +
      `In brackets: validation images.` +
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
      yAxis: {
        type: "category",
        inverse: true,
        data: shown.map((one) => `${shorten(one.label, names.characters)} (${count(one.support)})`),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: colors.muted } },
        axisLabel: { ...labelStyle, interval: 0, width: names.left - 14, overflow: "truncate" },
      },
      series: [
        bars("recall", shown, (one) => one.recall, colors.validation, true),
        bars("precision", shown, (one) => one.precision, colors.train, false),
      ],
    },
  });
}

function bars(
  name: string,
  classes: ClassResult[],
  measure: (one: ClassResult) => number | null,
  color: string,
  labelled: boolean,
): Series {
  return {
    type: "bar",
    name,
    silent: true,
    emphasis: { disabled: true },
    barGap: "15%",
    barCategoryGap: "28%",
    itemStyle: { color, borderRadius: [0, 2, 2, 0] },
    data: classes.map((one) => ({
      value: asPercent(measure(one)),
      label: {
        show: labelled,
        position: "right",
        formatter: percentNumber(measure(one)),
        color: colors.ink,
        fontSize: 11,
      },
    })),
  } as Series;
}

/** Which class was taken for which. Null beyond MAX_CLASSES, where nothing could be read. */
export function confusionChart({ classes, confusion }: Classified): Chart | null {
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
  const cells = confusion.flatMap((row, truth) => row.map((images, predicted) => [predicted, truth, images]));
  return draw({
    id: "confusion",
    title: "Confusion matrix",
    description: confusions(classes, confusion),
    note: "Numbers are validation images; the stronger the colour, the larger the share of the true class (row). The diagonal is right.",
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
  const totals = confusion.map((row) => row.reduce((sum, images) => sum + images, 0));
  return {
    type: "custom",
    silent: true,
    data: cells,
    renderItem: (_: unknown, api: { value(i: number): number; coord(p: number[]): number[] }) => {
      const [predicted, truth, images] = [api.value(0), api.value(1), api.value(2)];
      const [x, y] = api.coord([predicted, truth]) as [number, number];
      const share = images / (totals[truth] || 1);
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
              text: images === 0 ? "" : String(images),
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
  images: number;
}

/** What the index-th class was most often mistaken for; null if it never was. */
export function mistakenFor(classes: ClassResult[], confusion: number[][], index: number): Confusion | null {
  let worst: Confusion | null = null;
  (confusion[index] ?? []).forEach((images, predicted) => {
    if (predicted !== index && images > (worst?.images ?? 0))
      worst = { label: classes[predicted]?.label ?? "", images };
  });
  return worst;
}

function confusions(classes: ClassResult[], confusion: number[][]): string {
  return classes
    .map((one, index) => {
      const wrong = mistakenFor(classes, confusion, index);
      const right = `${one.correct} of ${one.support} ${one.label} right`;
      return wrong ? `${right}, ${wrong.images} taken for ${wrong.label}` : right;
    })
    .join("; ");
}
