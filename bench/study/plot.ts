/**
 * The picture of docs/results.md: accuracy on test images, and how far features moved, against tau; means over seeds with
 * one standard deviation, at the middle rate of the grid.
 *
 *     npm run build && node bench/dist/study/plot.js OUT FILE.svg
 */
import { writeFileSync } from "node:fs";
import type { TuneResults, TuneRow } from "@taskhead/core";
import { meanAndSpread } from "@taskhead/core/internals";
import * as echarts from "echarts";
import { middleRate, taskNames } from "./tasks.js";
import { resultsOfSeeds, testScore } from "./tune.js";

interface Panel {
  readonly title: string;
  readonly range: readonly [number, number];
  /** What it shows of a run; null for one that diverged. */
  of(row: TuneRow, results: TuneResults): number | null;
}

interface Point {
  readonly mean: number;
  /** 0 for a single seed. */
  readonly spread: number;
}

const [out, file] = process.argv.slice(2);
if (!out || !file) throw new Error("give the folder that grid.js filled, and the file to write: OUT FILE.svg");
const colours = ["#2563eb", "#ea580c"];
const panels: readonly Panel[] = [
  {
    title: "accuracy on test images, %",
    range: [40, 100],
    of: (row) => scaled(testScore(row), 100),
  },
  {
    title: "distance moved, in lengths of the features",
    range: [0, 5],
    of: (row, results) => scaled(row.euclidean, 1 / results.featureNorm),
  },
];

function scaled(value: number | null, factor: number): number | null {
  return value === null ? null : factor * value;
}

/** Mean and spread at every tau, over the seeds that have the number. */
function course(seeds: readonly TuneResults[], measure: Panel["of"]): Point[] {
  return seeds[0]!.rows.map((_, i) => {
    const values = seeds.map((results) => measure(results.rows[i]!, results)).filter((value) => value !== null);
    const { mean, spread } = meanAndSpread(values);
    return { mean, spread: spread ?? 0 };
  });
}

/** A line through the means, and behind it a bar of one standard deviation either way. */
function seriesOf(name: string, points: readonly Point[], panel: number, colour: string | undefined) {
  const common = { xAxisIndex: panel, yAxisIndex: panel, itemStyle: { color: colour } };
  const line: echarts.LineSeriesOption = {
    ...common,
    type: "line",
    name,
    data: points.map(({ mean }) => mean),
    symbolSize: 7,
  };
  const bars: echarts.CustomSeriesOption = {
    ...common,
    type: "custom",
    silent: true,
    data: points.map(({ mean, spread }, x) => [x, mean - spread, mean + spread]),
    renderItem: (_, api) => {
      const [from, to] = [api.coord([api.value(0), api.value(1)]), api.coord([api.value(0), api.value(2)])];
      const shape = { x1: from[0], y1: from[1], x2: to[0], y2: to[1] };
      return { type: "line", shape, style: { stroke: colour, lineWidth: 2, opacity: 0.5 } };
    },
  };
  return [line, bars];
}

const found = taskNames
  .map((task) => ({ task, seeds: resultsOfSeeds(out, task, `rate-${middleRate}`) }))
  .filter(({ seeds }) => seeds.length > 0);
const categories = (found[0]?.seeds[0]?.rows ?? []).map((row) => String(row.tau));
const series = panels.flatMap((panel, at) =>
  found.flatMap(({ task, seeds }, i) =>
    seriesOf(`${task}, ${seeds.length} seeds`, course(seeds, panel.of), at, colours[i]),
  ),
);
const left = ["5%", "55%"];

const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 960, height: 380 });
chart.setOption({
  animation: false,
  backgroundColor: "#ffffff",
  legend: { bottom: 0, itemGap: 40 },
  title: panels.map(({ title }, at) => ({
    text: title,
    left: left[at],
    textStyle: { fontSize: 14, fontWeight: "normal" },
  })),
  grid: panels.map((_, at) => ({ left: left[at], width: "42%", top: 40, bottom: 75 })),
  xAxis: panels.map((_, at) => ({
    gridIndex: at,
    name: "tau",
    nameLocation: "middle",
    nameGap: 28,
    data: categories,
    axisLabel: { interval: 0 },
  })),
  yAxis: panels.map(({ range: [min, max] }, at) => ({ gridIndex: at, min, max })),
  series,
} satisfies echarts.EChartsOption);
writeFileSync(file, chart.renderToSVGString());
chart.dispose();
