import type { EChartsOption } from "echarts";
import { escapeHtml } from "../escape.js";
import { colors } from "../palette.js";

/** What the legend needs to know of a series, as `series.ts` writes them. */
interface Drawn {
  name?: string;
  type?: string;
  symbol?: string;
  lineStyle?: { color?: string; type?: string };
  itemStyle?: { color?: string; borderColor?: string };
}

/**
 * A chart's legend as HTML, which wraps and measures its text as the page does; empty without names.
 * @param names of series, in order; others are not shown
 */
export function legendOf({ series }: EChartsOption, names: readonly string[]): string {
  const drawn = [series].flat() as Drawn[];
  const items = names.flatMap((name) => {
    const one = drawn.find((each) => each.name === name);
    return one ? [`<li>${mark(one)}${escapeHtml(name)}</li>`] : [];
  });
  return items.length === 0 ? "" : `<ul class="legend">${items.join("")}</ul>`;
}

function mark({ type, symbol, lineStyle, itemStyle = {} }: Drawn): string {
  const color = lineStyle?.color ?? itemStyle.color ?? colors.ink;
  const hollow = itemStyle.color === colors.paper;
  const dash = lineStyle?.type === "dashed" ? ' stroke-dasharray="5 3"' : "";
  const stroke = type === "line" ? `<path d="M0 5H22" stroke="${color}" stroke-width="2"${dash}/>` : "";
  const fill = hollow ? colors.paper : color;
  const rim = hollow ? ` stroke="${itemStyle.borderColor ?? color}" stroke-width="1.8"` : "";
  return `<svg viewBox="0 0 22 10" aria-hidden="true">${stroke}${shape(type, symbol, fill, rim)}</svg>`;
}

function shape(type: string | undefined, symbol: string | undefined, fill: string, rim: string): string {
  if (type === "bar") return `<path d="M4 1h14v8H4z" fill="${fill}"/>`;
  if (symbol === "triangle") return `<path d="M11 0 16 10H6z" fill="${fill}"/>`;
  if (symbol?.startsWith("path://")) return `<path transform="translate(6 0)" d="${symbol.slice(7)}" fill="${fill}"/>`;
  return `<circle cx="11" cy="5" r="3.8" fill="${fill}"${rim}/>`;
}
