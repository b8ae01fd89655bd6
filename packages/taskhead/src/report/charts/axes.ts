import type { Tau } from "@taskhead/core";
import { isDialled, isOptimum, optima, type Metric, type Optimum } from "@taskhead/core/internals";
import type { EChartsOption } from "echarts";
import { finite, scaled, tau, tick, type Maybe } from "../../words/format.js";
import { colors } from "../palette.js";
import { WIDTH } from "./size.js";

/** What the charts share: axes, grid and the mapping of tau to a place on an axis. */

type Across = Exclude<EChartsOption["xAxis"], undefined | unknown[]>;
type Up = Exclude<EChartsOption["yAxis"], undefined | unknown[]>;
type Extra = Record<string, unknown>;

const FONT = 13;

/** Room for the axis names, and above for a number that belongs to the highest point. */
export const grid = { left: 66, right: 18, top: 24, bottom: 50, outerBoundsMode: "none" as const };

const ticks = { color: colors.muted, fontSize: FONT - 0.5, hideOverlap: true };
const numbers = { ...ticks, formatter: tick };

function style(name: string, gap: number): Extra {
  return {
    name,
    nameLocation: "middle",
    nameGap: gap,
    nameTextStyle: { color: colors.muted, fontSize: FONT },
    axisLabel: ticks,
    axisLine: { show: true, onZero: false, lineStyle: { color: colors.muted } },
    axisTick: { show: false },
    splitLine: { show: false },
  };
}

/** A numeric axis from left to right. */
export function across(name: string, extra: Extra = {}): Across {
  return { type: "value", scale: true, ...style(name, 30), axisLabel: numbers, ...extra } as Across;
}

/** A numeric axis from bottom to top, with grid lines. */
export function up(name: string, extra: Extra = {}): Up {
  return {
    type: "value",
    scale: true,
    ...style(name, 50),
    axisLabel: numbers,
    axisLine: { show: false },
    splitLine: { show: true, lineStyle: { color: colors.rule } },
    splitNumber: 5,
    ...extra,
  } as Up;
}

/** Taus as categories, evenly spaced whatever their size; or the energies that a head was brought to. */
export function tauCategories(taus: Tau[], name = taus.some(isDialled) ? ENERGY_NAME : TAU_NAME): Across {
  return { type: "category", data: taus.map(tau), ...style(name, 30) } as Across;
}

/** Names in their order, as many of them as have room. */
export function categories(names: readonly string[], name: string): Across {
  return { type: "category", data: [...names], ...style(name, 30) } as Across;
}

/** The axis with room on its left for its longest number and, beyond it, its name. */
export function withRoom(option: EChartsOption): EChartsOption {
  const axis = option.yAxis as { min?: number; max?: number; interval?: number } | undefined;
  if (axis?.min === undefined || axis.max === undefined || !axis.interval || !option.grid) return option;
  const { min, max, interval } = axis;
  const texts = Array.from({ length: Math.round((max - min) / interval) + 1 }, (_, i) =>
    tick(min + i * interval, interval),
  );
  const nameGap = 18 + 7.6 * Math.max(...texts.map((text) => text.length));
  return {
    ...option,
    grid: { ...(option.grid as object), left: nameGap + 20 },
    yAxis: { ...(option.yAxis as object), nameGap },
  };
}

const TAU_NAME = "epochs of head probing, τ";
const ENERGY_NAME = "energy E at the start of fine-tuning";

/** Places on a logarithmic axis of 1 + tau, which has room for 0; optima come some way after the largest number; a dialled energy has none. */
export function tauScale(taus: Tau[]): { position: (tau: Tau) => number; end: number } {
  const largest = Math.max(1, ...taus.filter((one) => typeof one === "number").map((one) => Math.log2(1 + one)));
  const beyond = optima.filter((one) => taus.includes(one));
  // Room for their names.
  const placeOf = (one: Optimum): number => largest * (1.2 + 0.3 * Math.max(0, beyond.indexOf(one)));
  return {
    position: (one) => (typeof one === "number" ? Math.log2(1 + one) : isOptimum(one) ? placeOf(one) : NaN),
    end: beyond.length > 0 ? placeOf(beyond.at(-1)!) : largest,
  };
}

/** Learning rates on a logarithmic axis: places, and the axis with round rates marked. */
export function rateAxis(rates: readonly number[]): { position: (rate: number) => number; axis: Across } {
  const logs = rates.map(Math.log10);
  const [low, high] = logs.length === 0 ? [-3, -2] : [Math.min(...logs), Math.max(...logs)];
  const margin = Math.max(0.15, (high - low) / 20);
  const [min, max] = [low - margin, high + margin];
  // at few decades also what lies between the powers of ten
  const factors = max - min > 2.5 ? [1] : [1, 2, 5];
  const marks: number[] = [];
  for (let power = Math.floor(min); power <= max; power++) marks.push(...factors.map((one) => power + Math.log10(one)));
  const customValues = marks.filter((mark) => mark >= min && mark <= max);
  const axisLabel = { ...ticks, customValues, formatter: (position: number) => tick(10 ** position) };
  const axisTick = { show: true, customValues, lineStyle: { color: colors.muted } };
  return { position: Math.log10, axis: across("learning rate", { min, max, axisLabel, axisTick }) };
}

/** The axis of a scale over all of its `taus`, labelled with those of `marked` that have room. */
export function tauLogAxis(taus: Tau[], marked: Tau[]): Across {
  const { position: place, end } = tauScale(taus);
  const marks = spaced(marked.map(place), (end * 26) / (WIDTH - grid.left - grid.right));
  const extra = {
    min: 0,
    max: end,
    axisLabel: {
      color: colors.muted,
      fontSize: FONT - 0.5,
      customValues: marks,
      formatter: (position: number) => tau(taus.find((one) => place(one) === position) ?? 2 ** position - 1),
    },
    axisTick: { show: true, customValues: marks, lineStyle: { color: colors.muted } },
  };
  return across(TAU_NAME, extra);
}

/** Drops what stands closer than `distance` to the one before, keeping the last. */
function spaced(positions: number[], distance: number): number[] {
  const kept: number[] = [];
  const sorted = [...new Set(positions)].sort((a, b) => a - b);
  const last = sorted.at(-1);
  for (const position of sorted) {
    const clearOfLast = position === last || last! - position >= distance;
    const previous = kept.at(-1);
    if (clearOfLast && (previous === undefined || position - previous >= distance)) kept.push(position);
  }
  return kept;
}

/** Limits around the values, inside `bounds`, and the interval between them: 1, 2, 2.5 or 5 times a power of ten. */
export function limits(values: Maybe[], bounds: [number, number] = [-Infinity, Infinity]) {
  const known = values.map(finite).filter((value) => value !== null);
  if (known.length === 0) return {};
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const span = high - low || Math.abs(high) * 0.1 || 1;
  const interval = niceStep(span / 4);
  const margin = interval / 10;
  // rounded, as 3 × 0.2 is not 0.6
  const multiple = (steps: number) => Number((steps * interval).toPrecision(12));
  return {
    min: Math.max(bounds[0], multiple(Math.floor((low - margin) / interval))),
    max: Math.min(bounds[1], multiple(Math.ceil((high + margin) / interval))),
    interval,
    axisLabel: { ...ticks, formatter: (value: number) => tick(value, interval) },
  };
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  // 2.5 itself gives ticks such as 72.5, which 25 and 0.25 do not
  const factor = [1, 2, ...(power === 1 ? [] : [2.5]), 5].find((one) => one * power >= rough * 0.999) ?? 10;
  return Number((factor * power).toPrecision(12));
}

/** A fraction as a percentage for an axis, null if missing. */
export function asPercent(fraction: Maybe): number | null {
  return scaled(fraction, 100);
}

/** A score as its metric is read, for an axis; null if missing. */
export function onAxis(score: Maybe, metric: Metric): number | null {
  return metric.percent ? asPercent(score) : finite(score);
}

/** "validation accuracy (%)", "validation R²" */
export function scoreAxis(set: string, { name, percent }: Metric): string {
  return `${set}${set && " "}${name}${percent ? " (%)" : ""}`;
}

/** What a score can be, on its axis. */
export function scoreBounds({ percent, chance }: Metric): [number, number] {
  if (percent) return [0, 100];
  // only where guessing gets 0, as R² does, can a score be below it
  return [chance > 0 ? 0 : -Infinity, 1];
}
