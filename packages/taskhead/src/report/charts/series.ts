import type { EChartsOption } from "echarts";
import { finite, type Maybe } from "../../words/format.js";
import { colors } from "../palette.js";

/** Lines, points and error bars in the report's style. */

export type Series = Exclude<EChartsOption["series"], undefined | unknown[]>;
/** x, y and, for error bars, the standard error; null leaves a gap */
export type Point = [x: number | string, y: number | null, error?: number | null];

const still = { silent: true, emphasis: { disabled: true } } as const;

export interface LineStyle {
  color: string;
  width?: number;
  dash?: "solid" | "dashed" | "dotted";
  /** its points, in the plot and in the legend, are outlines */
  hollow?: boolean;
  /** marks every point */
  points?: boolean;
  /** above or below the other series */
  z?: number;
}

/** A line through the points, broken where one is missing. */
export function line(name: string, points: Point[], { color, width = 2, dash = "solid", ...style }: LineStyle): Series {
  return {
    ...still,
    type: "line",
    name,
    data: points,
    // a lone point would draw nothing
    showSymbol: style.points === true || points.filter(([, y]) => finite(y) !== null).length === 1,
    symbol: "circle",
    symbolSize: 5,
    lineStyle: { color, width, type: dash },
    itemStyle: style.hollow ? shape(color, true) : { color, borderWidth: 0 },
    z: style.z ?? 2,
  } as Series;
}

export interface PointStyle {
  color: string | ((index: number) => string);
  size?: number | ((index: number) => number);
  /** only the outline */
  hollow?: boolean;
  symbol?: string;
  /** null for none */
  label?: (index: number) => string | null;
  labelPosition?: "top" | "bottom" | "left" | "right";
  z?: number;
}

/** Points without a line. */
export function points(name: string, data: Point[], style: PointStyle): Series {
  const colorOf = (index: number) => (typeof style.color === "string" ? style.color : style.color(index));
  // a thin symbol would vanish under the rim that keeps dots apart
  const look = (color: string) => (style.symbol ? { color, borderWidth: 0, opacity: 1 } : shape(color, style.hollow));
  return {
    ...still,
    type: "scatter",
    name,
    // of names that would lie on each other the first stays; the table has them all
    labelLayout: { hideOverlap: true },
    symbol: style.symbol ?? "circle",
    z: style.z ?? 4,
    clip: false,
    // the legend shows the series' own colour, not a point's
    itemStyle: look(typeof style.color === "string" ? style.color : colors.validation),
    data: data.map((value, index) => ({
      value,
      symbolSize: typeof style.size === "function" ? style.size(index) : (style.size ?? 8),
      itemStyle: look(colorOf(index)),
      label: {
        show: typeof style.label?.(index) === "string" && finite(value[1]) !== null,
        formatter: style.label?.(index) ?? "",
        position: style.labelPosition ?? "top",
        distance: 6,
        minMargin: 5,
        color: colorOf(index) === colors.winner ? colors.winner : colors.ink,
        fontWeight: colorOf(index) === colors.winner ? "bold" : "normal",
        fontSize: 12.5,
      },
    })),
  } as Series;
}

function shape(color: string, hollow = false) {
  return hollow
    ? { color: colors.paper, borderColor: color, borderWidth: 1.8, opacity: 1 }
    : { color, borderColor: colors.paper, borderWidth: 1, opacity: 1 };
}

/** Vertical bars of one standard error to each side, cut off at the edges of the plot, beyond which no score can be. */
export function errorBars(name: string, data: Point[], color: (index: number) => string): Series {
  return {
    ...still,
    type: "custom",
    name,
    z: 3,
    encode: { x: 0, y: 1 },
    data: data.map(([x, y, error]) => [x, y, error ?? null]),
    renderItem: (
      params: { dataIndex: number; coordSys: { y: number; height: number } },
      api: { value(i: number): number; coord(p: number[]): number[] },
    ) => {
      const [y, error] = [api.value(1), api.value(2)];
      if (!Number.isFinite(y) || !Number.isFinite(error)) return null;
      const { y: ceiling, height } = params.coordSys;
      const [x, above] = api.coord([api.value(0), y + error]) as [number, number];
      const top = Math.max(ceiling, above);
      const bottom = Math.min(ceiling + height, api.coord([api.value(0), y - error])[1]!);
      const bar = (x1: number, y1: number, x2: number, y2: number) => ({
        type: "line",
        shape: { x1, y1, x2, y2 },
        style: { stroke: color(params.dataIndex), lineWidth: 1.5 },
      });
      return {
        type: "group",
        children: [bar(x, top, x, bottom), bar(x - 5, top, x + 5, top), bar(x - 5, bottom, x + 5, bottom)],
      };
    },
  } as unknown as Series;
}

/** A horizontal reference line with its name at the right end. */
export function reference(
  name: string,
  y: Maybe,
  position: "insideEndTop" | "insideEndBottom" = "insideEndTop",
): Series {
  const value = finite(y);
  return {
    ...still,
    type: "line",
    name,
    data: [],
    markLine: {
      ...still,
      symbol: "none",
      data: value === null ? [] : [{ yAxis: value }],
      lineStyle: { color: colors.muted, type: "dotted", width: 1.5 },
      label: { formatter: name, position, color: colors.muted, fontSize: 12.5 },
    },
  } as Series;
}
