import type { Lengths } from "@taskhead/core/internals";
import type { EChartsOption } from "echarts";
import { count } from "../../words/format.js";
import { colors } from "../palette.js";
import { grid, limits, categories, up } from "./axes.js";
import { draw, type Chart } from "./svg.js";

/** Texts by their length in tokens, a bar a bin; those that were cut have one of their own, at the right. */
export function lengthChart({ counts, width, cut, most }: Lengths, sample: string): Chart {
  const names = counts.map((_, i) => binName(i, width));
  const bars = [...counts, ...(cut > 0 ? [cut] : [])];
  const all = [...names, ...(cut > 0 ? [`over ${count(most)}`] : [])];
  const top = limits([0, ...bars], [0, Infinity]);
  return draw({
    id: "lengths",
    title: `Training ${sample}s by length`,
    description: bars.map((bar, i) => `${all[i]} tokens: ${count(bar)}`).join("; "),
    option: {
      grid,
      xAxis: categories(all, "tokens, special ones among them"),
      yAxis: up(`${sample}s`, { ...top, minInterval: 1 }),
      series: [
        {
          type: "bar",
          silent: true,
          barCategoryGap: "8%",
          data: bars.map((value, i) => ({
            value,
            itemStyle: { color: i === counts.length ? colors.winner : colors.train },
            label: {
              show: i === counts.length,
              position: [0, -18],
              align: "right",
              formatter: `${count(value)} cut to ${count(most)}`,
              color: colors.winner,
              fontSize: 12.5,
            },
          })),
        },
      ],
    } as EChartsOption,
  });
}

function binName(bin: number, width: number): string {
  return width === 1 ? String(bin + 1) : `${count(bin * width + 1)}–${count((bin + 1) * width)}`;
}
