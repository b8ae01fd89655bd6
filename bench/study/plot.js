/**
 * The picture of docs/results.md: accuracy on test images, and how far features moved, against tau; means over seeds with
 * one standard deviation, at the middle rate of the grid.
 *
 *     node bench/study/plot.js OUT FILE.svg
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { meanAndSpread } from "@taskhead/core";
import * as echarts from "echarts";
import { rates, tasks } from "./tasks.js";

const [out, file] = process.argv.slice(2);
const colours = ["#2563eb", "#ea580c"];

function seedsOf(task) {
  const files = readdirSync(join(out, task))
    .filter((name) => name.startsWith("seed-"))
    .map((seed) => join(out, task, seed, `rate-${rates[1]}`, "results.json"));
  return files.filter((path) => existsSync(path)).map((path) => JSON.parse(readFileSync(path, "utf8")));
}

/** Mean and spread at every tau. */
function course(runs, measure) {
  return runs[0].rows.map((_, i) => meanAndSpread(runs.map((run) => measure(run.rows[i], run))));
}

const panels = [
  { title: "accuracy on test images, %", range: [40, 100], of: (row) => 100 * row.ood[0].finetuned },
  {
    title: "distance moved, in lengths of the features",
    range: [0, 5],
    of: (row, run) => row.euclidean / run.featureNorm,
  },
];
const runs = Object.keys(tasks).map((task) => ({ task, runs: seedsOf(task) }));
const categories = runs[0].runs[0].rows.map((row) => String(row.tau));

const series = panels.flatMap((panel, at) =>
  runs.flatMap(({ task, runs }, i) => {
    const points = course(runs, panel.of);
    const common = { xAxisIndex: at, yAxisIndex: at, itemStyle: { color: colours[i] } };
    return [
      {
        ...common,
        type: "line",
        name: `${task}, ${runs.length} seeds`,
        data: points.map((p) => p.mean),
        symbolSize: 7,
      },
      {
        ...common,
        type: "custom",
        silent: true,
        data: points.map((p, x) => [x, p.mean - p.spread, p.mean + p.spread]),
        renderItem: (_, api) => {
          const [from, to] = [api.coord([api.value(0), api.value(1)]), api.coord([api.value(0), api.value(2)])];
          const shape = { x1: from[0], y1: from[1], x2: to[0], y2: to[1] };
          return { type: "line", shape, style: { stroke: colours[i], lineWidth: 2, opacity: 0.5 } };
        },
      },
    ];
  }),
);

const axis = (at) => ({
  gridIndex: at,
  name: "tau",
  nameLocation: "middle",
  nameGap: 28,
  data: categories,
  axisLabel: { interval: 0 },
});
const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 960, height: 380 });
chart.setOption({
  animation: false,
  backgroundColor: "#ffffff",
  legend: { bottom: 0, itemGap: 40 },
  title: panels.map(({ title }, at) => ({
    text: title,
    left: at === 0 ? "5%" : "55%",
    textStyle: { fontSize: 14, fontWeight: "normal" },
  })),
  grid: [
    { left: "5%", width: "42%", top: 40, bottom: 75 },
    { left: "55%", width: "42%", top: 40, bottom: 75 },
  ],
  xAxis: panels.map((_, at) => axis(at)),
  yAxis: panels.map(({ range: [min, max] }, at) => ({ gridIndex: at, min, max })),
  series,
});
writeFileSync(file, chart.renderToSVGString());
chart.dispose();
