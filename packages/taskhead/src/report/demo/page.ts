import { fixed, percent, percentNumber, signedScore, tau } from "../../words/format.js";
import { line } from "../charts/series.js";
import { across, grid, limits, up } from "../charts/axes.js";
import { classLegend, cloudCharts } from "../charts/projection.js";
import { draw, type Chart } from "../charts/svg.js";
import { escapeHtml } from "../escape.js";
import { figure, figures, htmlPage, section } from "../html.js";
import { colors } from "../palette.js";
import { standing } from "../standing.js";
import { table } from "../tables.js";
import type { FreshDraws } from "./results.js";
import { demoWords, standingsOf, type DemoSubject } from "./words.js";

export interface DemoPage {
  subject: DemoSubject;
  fresh: FreshDraws;
  version: string;
  /** ISO 8601 */
  createdAt: string;
  /** of the run's own report, relative to the page */
  report: string;
}

/** The page of a demo: no scripts, no requests. */
export function demoPage({ subject, fresh, version, createdAt, report }: DemoPage): string {
  const { headline, story } = demoWords(fresh, subject);
  const { command, draw: set, sample } = subject;
  return htmlPage({
    title: "the demo",
    taus: 2,
    version,
    createdAt,
    sections: [
      `<section id="outcome" class="open" aria-labelledby="outcome-title">
<p class="kicker">${command} · ${fresh.seeds.length} fresh ${set}s · ${fresh.trained} ${sample}s to learn from, ${fresh.tested} to test, each</p>
<h1 id="outcome-title">${escapeHtml(headline)}</h1>
${opening(fresh, subject)}
${story.map((text) => `<p>${escapeHtml(text)}</p>`).join("\n")}
<p>The run on the first ${set}, with every start that was tried: <a href="${escapeHtml(report)}">its report</a>.</p>
</section>`,
      section("course", "From pass to pass", figure(courseChart(fresh, subject))),
      section("features", "What happened to the features", features(fresh, subject)),
      section(`${set}s`, `${capital(set)} by ${set}`, draws(fresh, subject)),
    ],
  });
}

function opening(fresh: FreshDraws, { draw: set, sample }: DemoSubject): string {
  return standing({
    title: "Three ways to a new task",
    axis: `right on test ${sample}s (%), mean over the ${set}s`,
    bounds: [0, 100],
    rows: standingsOf(fresh).map(({ start, name, mean, interval }) => ({
      name,
      value: 100 * mean,
      interval: [100 * Math.max(0, interval.low), 100 * Math.min(1, interval.high)],
      told: percent(mean),
      winner: start === "prepared",
    })),
    note: `Bars: 95 % intervals of each mean over the ${set}s. The two that train everything are compared ${set} by ${set}, which is surer.`,
  });
}

/** Test accuracy after each pass, the mean over the draws. */
function courseChart({ random, prepared, epochs }: FreshDraws, { sample }: DemoSubject): Chart {
  const meanAt = (courses: number[][], e: number): number =>
    (100 * courses.reduce((sum, course) => sum + course[e]!, 0)) / courses.length;
  const course = (courses: number[][]): [number, number][] =>
    Array.from({ length: epochs }, (_, e) => [e + 1, meanAt(courses, e)]);
  const [one, other] = [course(random), course(prepared)];
  const names = ["from a random last layer", "from a prepared one"] as const;
  return draw({
    id: "passes",
    title: `Test ${sample}s right after each pass (%)`,
    description: `${names[0]} from ${tenth(one[0]![1])} to ${tenth(one.at(-1)![1])}; ${names[1]} from ${tenth(other[0]![1])} to ${tenth(other.at(-1)![1])}`,
    legend: names,
    option: {
      grid: { ...grid, top: 14 },
      xAxis: across(`passes over the training ${sample}s`, { min: 1, max: Math.max(2, epochs), minInterval: 1 }),
      yAxis: up(
        "right (%)",
        limits(
          [...one, ...other].map(([, y]) => y),
          [0, 100],
        ),
      ),
      series: [
        line(names[0], one, { color: colors.probing, dash: "dashed", points: true }),
        line(names[1], other, { color: colors.winner, width: 3, points: true }),
      ],
    },
  });
}

function capital(noun: string): string {
  return noun.charAt(0).toUpperCase() + noun.slice(1);
}

function tenth(value: number): string {
  return value.toFixed(1);
}

function features(
  { features: { classes, of, places, explained }, tested, moved, tau: prepared }: FreshDraws,
  { draw: set, sample }: DemoSubject,
): string {
  const titles = [
    "As pretrained",
    "Trained from a random last layer",
    `Trained from a prepared one (τ = ${tau(prepared)})`,
  ];
  const clouds = places.map((cloud, i) => ({ id: `cloud-${i}`, title: titles[i]!, places: cloud }));
  const charts = cloudCharts(clouds, { explained, classes: of, outputs: classes, sample });
  return `<p>Features are the numbers that the network makes of each ${sample}, just before its last layer. Each mark is a test ${sample}
of the first fresh ${set} (${of.length} of ${tested}), in the two directions that differ most, the same in all pictures. Where a
colour keeps to itself, the last layer has an easy task. Training moved the features of this ${set} by
${fixed(moved.random[0], 2)} times their length from the random layer, by ${fixed(moved.prepared[0], 2)} from the prepared one.</p>${classLegend(classes)}${figures(charts)}`;
}

function draws(fresh: FreshDraws, { draw: set, sample }: DemoSubject): string {
  const [alone, random, prepared] = standingsOf(fresh).map(({ scores }) => scores) as [number[], number[], number[]];
  const rows = fresh.seeds.map((seed, i) => ({ seed, alone: alone[i]!, random: random[i]!, prepared: prepared[i]! }));
  const metric = { name: "accuracy", percent: true, chance: 0 };
  return table({
    caption: `Right on test ${sample}s after the last pass (%)`,
    rows,
    groups: [
      {
        name: "",
        columns: [
          { head: capital(set), cell: ({ seed }) => String(seed), text: true },
          { head: "Last layer alone", cell: (row) => percentNumber(row.alone) },
          { head: "Random, then all", cell: (row) => percentNumber(row.random) },
          { head: "Prepared, then all", cell: (row) => percentNumber(row.prepared) },
          { head: "Gain", cell: (row) => signedScore(row.prepared - row.random, metric) },
        ],
      },
    ],
  });
}
