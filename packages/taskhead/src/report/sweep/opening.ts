import { isDialled, scoreInterval } from "@taskhead/core/internals";
import { finite, formatScore, plural } from "../../words/format.js";
import { onAxis, scoreAxis, scoreBounds } from "../charts/axes.js";
import { standing, type Standing } from "../standing.js";
import type { SweepResults, SweepRow } from "./results.js";
import { nameOf } from "./words.js";

/** So many are still taken in at a glance. */
const mostRows = 9;

/** What the page of a sweep opens with: the candidates that got furthest. */
export function candidatesPicture(results: SweepResults): string {
  const { rows, metric, data, seeds } = results;
  const sound = rows.filter((row) => row.mean !== null).toSorted((a, b) => b.epochs - a.epochs || b.mean! - a.mean!);
  if (sound.length === 0) return "";
  const shown = sound.slice(0, mostRows);
  const standings = shown.map((row) => lineOf(row, results));
  const bars =
    seeds.length > 1
      ? "Bars: one standard deviation over the seeds to each side. "
      : standings.some(({ interval }) => interval)
        ? "Bars: 95 % intervals of each number by itself. "
        : "";
  const cut = sound.length > shown.length ? ` The first ${shown.length} of ${rows.length}; the table has all.` : "";
  return standing({
    title: `The candidates that got furthest, by ${shown.some((row) => isDialled(row.tau)) ? "the energy that the new head was brought to (E)" : "how long the new head was trained alone (τ)"}`,
    axis: `${scoreAxis("validation", metric)}, ${plural(data.validation.count, data.sample)}`,
    bounds: scoreBounds(metric),
    rows: standings,
    note: `${bars}${shown.some((row) => row.status === "stopped") ? "Outlined: stopped early, trained for fewer epochs." : ""}${cut}`,
  });
}

function lineOf(row: SweepRow, { rows, best, metric, data }: SweepResults): Standing {
  const { mean, trials } = row;
  const score = mean!;
  const spread = finite(row.spread);
  const interval =
    spread === null
      ? scoreInterval({ score, contributions: trials[0]?.contributions }, { metric, samples: data.validation.count })
      : { low: score - spread, high: score + spread };
  const [low, high] = scoreBounds(metric);
  const end = (value: number): number => Math.min(high, Math.max(low, onAxis(value, metric)!));
  return {
    name: nameOf(row, rows),
    value: onAxis(mean, metric),
    interval: interval && [end(interval.low), end(interval.high)],
    told: `${formatScore(mean, metric)}${row.status === "stopped" ? ", stopped" : ""}`,
    winner: best !== null && row === rows[best.row],
    hollow: row.status === "stopped",
  };
}
