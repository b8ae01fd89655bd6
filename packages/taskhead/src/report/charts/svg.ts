import type { EChartsOption } from "echarts";
import { init } from "echarts/dist/echarts.esm.min";
import { withRoom } from "./axes.js";
import { escapeHtml } from "../escape.js";
import { HEIGHT, WIDTH } from "./size.js";
import { legendOf } from "./legend.js";

/** A plot, ready to stand in the page. */
export interface Chart {
  /** unique in the page, letters and hyphens */
  id: string;
  title: string;
  /** what a reader who cannot see the plot should learn from it */
  description: string;
  /** small print below the plot, plain text */
  note?: string;
  /** HTML; empty for none */
  legend: string;
  svg: string;
}

export interface ChartSpec extends Omit<Chart, "svg" | "legend"> {
  option: EChartsOption;
  /** the series that the legend names */
  legend?: readonly string[];
  width?: number;
  height?: number;
}

/** Draws a chart as an inline SVG without scripts, animation or references outside itself. */
export function draw({ option, legend = [], width = WIDTH, height = HEIGHT, ...chart }: ChartSpec): Chart {
  const echarts = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    echarts.setOption({ animation: false, textStyle: { fontFamily: "system-ui, sans-serif" }, ...withRoom(option) });
    return { ...chart, legend: legendOf(option, legend), svg: inline(echarts.renderToSVGString(), chart) };
  } finally {
    echarts.dispose();
  }
}

function inline(svg: string, { id, title, description }: Omit<Chart, "svg" | "legend">): string {
  const label = escapeHtml(`${title}. ${description}`);
  return (
    svg
      .replace(/ (xmlns(:\w+)?|baseProfile|version|ecmeta_\w+)="[^"]*"/g, "")
      // hover styles, which a still picture has no use for
      .replace(/<style[^]*?<\/style>\n?/g, "")
      .replace(/ class="[^"]*"| pointer-events="[^"]*"/g, "")
      // echarts numbers its ids by process: named by chart, the same results give the same page
      .replace(/="(url\(#)?zr\d+-/g, `="$1${id}-`)
      .replace("<svg", `<svg role="img" aria-label="${label}"`)
  );
}
