import type { Tau } from "@taskhead/core";
import { spread } from "@taskhead/core/internals";
import { distinct, type Candidate } from "./trial.js";
import type { Workbench } from "./workbench.js";

/** How many taus `auto` takes, a head that was not probed among them: a sweep is there to compare. */
const candidateCount = 4;

/** Probes what has to be probed, settles `auto` with the heads of the first seed, and lists the candidates. */
export async function candidatesOf(bench: Workbench): Promise<Candidate[]> {
  const { groups, seeds } = bench.options;
  for (const group of groups.keys()) for (const seed of seeds) await bench.probed(group, seed);
  const all: Candidate[] = [];
  for (const group of groups.keys())
    for (const tau of await tausOf(bench, group))
      for (const learningRate of await ratesOf(bench, group, tau)) all.push({ group, tau, learningRate });
  return distinct(all, bench.options);
}

async function tausOf(bench: Workbench, group: number): Promise<Tau[]> {
  const { groups, seeds } = bench.options;
  const { energy, taus, probeEpochs } = groups[group]!;
  // Of every seed its own head is brought to them, and called by what was asked for.
  if (energy) return (await bench.probed(group, seeds[0]!)).taus;
  if (taus !== "auto") return taus;
  const { stops } = await bench.probed(group, seeds[0]!);
  // Probing may have gone on for the sake of other groups.
  return spread(
    stops.filter((stop) => typeof stop.tau === "number" && stop.tau <= probeEpochs),
    candidateCount,
  );
}

async function ratesOf(bench: Workbench, group: number, tau: Tau): Promise<(number | null)[]> {
  const { rates, seeds } = bench.options;
  if (!bench.trains(group)) return [null];
  const seed = seeds[0]!;
  const stop = await bench.stop({ group, tau, seed });
  const found: number[] = [];
  for (const rate of rates)
    found.push("fixed" in rate ? rate.fixed : rounded(rate.timesAuto * (await bench.foundRate(group, stop, seed))));
  return [...new Set(found)];
}

/** No more digits than a range test deserves, and a table can show. */
function rounded(rate: number): number {
  return Number(rate.toPrecision(3));
}
