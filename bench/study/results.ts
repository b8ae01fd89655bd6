/**
 * Tables of docs/results.md, from what grid.ts and knobs.ts left in OUT: means and standard deviations over the seeds of
 * accuracy on test images, which took no part in any choice.
 *
 *     npm run build && node bench/dist/study/results.js OUT
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Tau, TuneResults, TuneRow } from "@taskhead/core";
import { meanAndSpread, peakOverEnergy, spearman } from "@taskhead/core/internals";
import { mean } from "../statistics.js";
import { middleRate, rates, seedFolder, taskNames, type Task } from "./tasks.js";
import { resultsOfSeeds, testScore } from "./tune.js";

/** A number of a run; null where it does not exist. */
type Measure = (row: TuneRow) => number | null;
type Cell = string | number;

const [given] = process.argv.slice(2);
if (!given) throw new Error("give the folder that grid.js and knobs.js filled: OUT");
const out: string = given;

const energy: Measure = (row) => row.energy;
const euclidean: Measure = (row) => row.euclidean;
const cosine: Measure = (row) => row.cosine;
const headNorm: Measure = (row) => row.headNorm;
/** What energy is ranked against. Dot product and norm are not: what rises and then falls has no rank correlation to speak of. */
const measures: Readonly<Record<string, Measure>> = { euclidean, cosine, test: testScore };

const percent = (value: number): string => (100 * value).toFixed(1);
const fixed = (digits: number) => (value: number) => value.toFixed(digits);

/** Mean and standard deviation of a measure over seeds; runs that diverged or collapsed are counted, not averaged. */
function summary(rows: readonly TuneRow[], measure: Measure, show: (value: number) => string): string {
  const sound = rows.filter((row) => !row.diverged && !row.collapsed).map(measure);
  const known = sound.filter((value) => value !== null);
  const failed = rows.length - sound.length;
  if (sound.length === 0) return "failed";
  if (known.length < sound.length) return "–";
  const { mean, spread } = meanAndSpread(known);
  return `${show(mean)}${spread === null ? "" : ` ± ${show(spread)}`}${failed > 0 ? ` (${failed} failed)` : ""}`;
}

/** The head alone on the test images, mean over seeds, in %. */
function probedScore(rows: readonly TuneRow[]): string {
  return percent(mean(rows.map(({ ood }) => ood[0]?.probing ?? NaN)));
}

function printTable(header: readonly Cell[], rows: readonly (readonly Cell[])[]): void {
  const line = header.map(() => "---");
  console.log([header, line, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n"));
}

/** One row of each seed. */
function at(seeds: readonly TuneResults[], tau: Tau): TuneRow[] {
  return seeds.flatMap(({ rows }) => rows.find((row) => row.tau === tau) ?? []);
}

/** The taus of the first seed, which are those of all. */
function tausOf(seeds: readonly TuneResults[]): Tau[] {
  return (seeds[0]?.rows ?? []).map(({ tau }) => tau);
}

function printTaus(byRate: readonly (readonly TuneResults[])[], middle: readonly TuneResults[]): void {
  printTable(
    ["tau", "energy", "‖W‖", "probing alone", ...rates.map((rate) => `fine-tuned, rate ${rate}`), "moved", "cosine"],
    tausOf(middle).map((tau) => {
      const rows = at(middle, tau);
      return [
        tau,
        summary(rows, energy, fixed(3)),
        summary(rows, headNorm, fixed(2)),
        probedScore(rows),
        ...byRate.map((seeds) => summary(at(seeds, tau), testScore, percent)),
        summary(rows, euclidean, fixed(1)),
        summary(rows, cosine, fixed(3)),
      ];
    }),
  );
}

/** Rank correlation over taus of one seed; a run that lacks either number is left out. */
function correlationOf({ rows }: TuneResults, a: Measure, b: Measure): number | null {
  const pairs = rows.flatMap((row) => {
    const [x, y] = [a(row), b(row)];
    return row.diverged || x === null || y === null ? [] : [[x, y] as const];
  });
  return spearman(
    pairs.map(([x]) => x),
    pairs.map(([, y]) => y),
  );
}

/** Mean over the seeds that have one. */
function correlation(seeds: readonly TuneResults[], a: Measure, b: Measure): string {
  const found = seeds.map((results) => correlationOf(results, a, b)).filter((value) => value !== null);
  return found.length > 0 ? mean(found).toFixed(2) : "–";
}

function printCorrelations(byRate: readonly (readonly TuneResults[])[]): void {
  printTable(
    ["rate", ...Object.keys(measures).map((name) => `energy, ${name}`), "euclidean, test"],
    byRate.map((seeds, i) => [
      rates[i]!,
      ...Object.values(measures).map((measure) => correlation(seeds, energy, measure)),
      correlation(seeds, euclidean, testScore),
    ]),
  );
}

/** Whether dot product and norm first rise with energy, then fall, seed by seed. */
function printPeaks(byRate: readonly (readonly TuneResults[])[]): void {
  const cell = (seeds: readonly TuneResults[], measure: "dot" | "norm"): string => {
    const {
      shown,
      significant,
      p,
      seeds: all,
    } = peakOverEnergy(
      seeds.map(({ featureNorm, rows }) => ({
        featureNorm,
        runs: rows.map((row) => ({ ...row, value: row[measure] })),
      })),
    );
    return `${shown} of ${all.length}, p = ${(p ?? NaN).toFixed(3)}, ${significant} by themselves`;
  };
  printTable(
    ["rate", "dot", "norm"],
    byRate.map((seeds, i) => [rates[i]!, cell(seeds, "dot"), cell(seeds, "norm")]),
  );
}

/** The runs of a task that are not the grid's. */
function knobsOf(task: Task): string[] {
  return readdirSync(seedFolder(out, task, 0)).filter(
    (name) => !name.startsWith("rate-") && !name.includes(".") && !name.startsWith("guide"),
  );
}

function printKnobs(task: Task, knobs: readonly string[]): void {
  printTable(
    ["run", "tau", "seeds", "energy", "‖W‖", "rate", "before fine-tuning", "test", "moved", "cosine"],
    knobs.flatMap((knob) => {
      const seeds = resultsOfSeeds(out, task, knob);
      return tausOf(seeds).map((tau) => {
        const rows = at(seeds, tau);
        return [
          knob,
          tau,
          seeds.length,
          summary(rows, energy, fixed(3)),
          summary(rows, headNorm, fixed(2)),
          summary(
            rows,
            (row) => row.learningRate,
            (v) => v.toExponential(1),
          ),
          probedScore(rows),
          summary(rows, testScore, percent),
          summary(rows, euclidean, fixed(1)),
          summary(rows, cosine, fixed(3)),
        ];
      });
    }),
  );
}

for (const task of taskNames.filter((name) => existsSync(join(out, name, "seed-0")))) {
  const byRate = rates.map((rate) => resultsOfSeeds(out, task, `rate-${rate}`));
  const middle = byRate[rates.indexOf(middleRate)]!;
  console.log(`\n## ${task}: ${middle.length} seeds\n`);
  printTaus(byRate, middle);
  console.log(`\nRank correlations over taus, mean over seeds:\n`);
  printCorrelations(byRate);
  console.log(`\nSeeds in which it rises with energy, then falls (two lines; sign test):\n`);
  printPeaks(byRate);
  const knobs = knobsOf(task);
  if (knobs.length === 0) continue;
  console.log(`\nKnobs and baselines, at rate ${middleRate} unless named own-rate:\n`);
  printKnobs(task, knobs);
}
