import type { TuneResults, TuneRow } from "@taskhead/core";
import { isDialled, isOptimum, scoreInterval, type Scored } from "@taskhead/core/internals";
import { finite, formatScore, plural, tau, tauEquals, untilStill } from "../words/format.js";
import { onAxis, scoreAxis, scoreBounds } from "./charts/axes.js";
import { bestProbing } from "./outcome/runs.js";
import { standing, type Standing } from "./standing.js";

/** So many are still taken in at a glance. */
const mostRows = 9;

/** What the page of a run opens with: how far each preparation of the head got. */
export function openingPicture(results: TuneResults): string {
  const { data, metric, rows } = results;
  const dialled = rows.some((row) => isDialled(row.tau));
  const shown = rows.length <= mostRows ? rows : telling(results);
  const probing = results.method === "lp" ? null : bestProbing(results.probing);
  const alone: Standing[] = probing
    ? [
        {
          ...place({ ...probing, score: probing.validationScore }, results),
          name: `the head alone, nothing else trained (${tauEquals(probing.tau)})`,
        },
      ]
    : [];
  const standings = [...shown.map((row) => lineOf(row, results)), ...alone];
  return standing({
    title: `How far each preparation got, by ${dialled ? "the energy that training everything began with" : "how long the new head was trained alone"}`,
    axis: `${scoreAxis("validation", metric)}, ${plural(data.validation.count, data.sample)}`,
    bounds: scoreBounds(metric),
    rows: standings,
    note:
      (standings.some(({ interval }) => interval) ? "Bars: 95 % intervals of each number by itself. " : "") +
      (rows.length === 1
        ? `The epoch was chosen on these validation ${data.sample}s, so its number flatters the model.`
        : `The ${dialled ? "energies" : "lengths"} were compared on these validation ${data.sample}s, so their numbers flatter the winner.`),
  });
}

function lineOf(row: TuneRow, results: TuneResults): Standing {
  const { best, method } = results;
  const then = method === "lp" ? "" : ", then everything";
  const length =
    row.tau === 0
      ? method === "lp"
        ? "a random head"
        : "not at all"
      : isDialled(row.tau)
        ? `an energy of ${tau(row.tau)}${then}`
        : isOptimum(row.tau)
          ? `${untilStill(row.tau)}${then}`
          : `${tau(row.tau)} epoch${row.tau === 1 ? "" : "s"}${then}`;
  const own = place({ ...row, score: row.bestValidationScore }, results);
  const end = row.diverged ? "diverged" : row.collapsed ? `${own.told}, collapsed` : own.told;
  return {
    ...own,
    name: `${length} (${tauEquals(row.tau)})`,
    told: end,
    winner: row.tau === best?.tau,
  };
}

/** A score of validation samples, which may be missing. */
type Placed = Pick<Scored, "contributions"> & { readonly score: number | null };

function place({ score, contributions }: Placed, { metric, data }: TuneResults): Omit<Standing, "name"> {
  const known = finite(score);
  const interval =
    known === null ? null : scoreInterval({ score: known, contributions }, { metric, samples: data.validation.count });
  return {
    value: onAxis(known, metric),
    interval: interval && [onAxis(interval.low, metric)!, onAxis(interval.high, metric)!],
    told: formatScore(known, metric),
  };
}

/** The ends, the winner, and the best of the others, in the order of tau. */
function telling({ rows, best }: TuneResults): TuneRow[] {
  const kept = new Set([rows[0]!, rows.at(-1)!, ...rows.filter((row) => row.tau === best?.tau)]);
  const others = rows
    .filter((row) => !kept.has(row))
    .toSorted((a, b) => (finite(b.bestValidationScore) ?? -Infinity) - (finite(a.bestValidationScore) ?? -Infinity));
  for (const row of others.slice(0, mostRows - kept.size)) kept.add(row);
  return rows.filter((row) => kept.has(row));
}
