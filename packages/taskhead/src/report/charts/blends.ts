import type { TuneResults } from "@taskhead/core";
import type { Blends } from "@taskhead/core/internals";
import { formatScore } from "../../words/format.js";
import { oodNames } from "../ood-names.js";
import { colors, oodColor } from "../palette.js";
import { across, grid, limits, onAxis, scoreAxis, scoreBounds, up } from "./axes.js";
import { line, points, type Point } from "./series.js";
import { draw, type Chart } from "./svg.js";

/** The score on every set along the way from where the best run started to where it came, the chosen share marked. */
export function wayChart({ wiseFt: { course, share } }: Blends, { metric, data }: TuneResults): Chart {
  type At = (typeof course)[number];
  const of = (score: (at: At) => number | null): Point[] =>
    course.flatMap((at): Point[] => (score(at) === null ? [] : [[100 * at.share, onAxis(score(at), metric)]]));
  const sets: { name: string; color: string; data: Point[]; dashed?: boolean }[] = [
    { name: "validation", color: colors.validation, data: of((at) => at.validationScore) },
    ...(data.test ? [{ name: "test", color: colors.train, data: of((at) => at.testScore) }] : []),
    ...oodNames(data.ood).map((name, i) => ({
      name,
      color: oodColor(i),
      dashed: true,
      data: of((at) => at.ood[i] ?? null),
    })),
  ];
  const chosen = sets[0]!.data.filter(([at]) => at === 100 * share);
  return draw({
    id: "blends",
    title: "From the start to the fine-tuned run",
    description: course
      .map((at) => `share ${at.share}: ${formatScore(at.validationScore, metric)} on validation ${data.sample}s`)
      .join("; "),
    note: "At 0 is the probed head on the backbone as it was, at 100 the best run. The validation line chose the share; the others had no say.",
    legend: [...sets.map(({ name }) => name), "chosen"],
    option: {
      grid,
      xAxis: across("share of the fine-tuned weights (%)", { min: 0, max: 100 }),
      yAxis: up(
        scoreAxis("", metric),
        limits(
          sets.flatMap((set) => set.data.map(([, y]) => y)),
          scoreBounds(metric),
        ),
      ),
      series: [
        ...sets.map(({ name, color, dashed, data: at }) =>
          line(name, at, { color, points: true, dash: dashed ? "dashed" : "solid" }),
        ),
        points("chosen", chosen, { color: colors.winner, size: 11, z: 5 }),
      ],
    },
  });
}
