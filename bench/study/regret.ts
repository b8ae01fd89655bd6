/**
 * The regret of what `taskhead tune` chooses by itself, against the choice of the full grid (grid.ts, run before) and
 * against two simple rules: always tau 1, always a converged head. Grid and rules choose tau and rate by validation
 * accuracy; all are scored on test images that took no part in any choice.
 *
 *     npm run build && node bench/dist/study/regret.js SHARED OUT [TASK [SEEDS]]
 *
 * Prints a table by seed, the mean regrets with a paired-bootstrap 95 % upper bound, and the cost in fine-tuning
 * image-steps, range tests included.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Tau, TuneRow } from "@taskhead/core";
import type { RangeTest } from "@taskhead/core/internals";
import { bootstrap, mean, quantile } from "../statistics.js";
import { argumentsOf, epochs, rates, seedFolder, studyArguments, type Task } from "./tasks.js";
import { inParallel, readResults, testScore, tune } from "./tune.js";

/** Who chooses tau and rate. */
const rules = ["guide", "grid", "always tau 1", "always converged"] as const;
type Rule = (typeof rules)[number];

interface Choice {
  readonly tau: Tau;
  readonly rate: number;
  /** accuracy on test images */
  readonly test: number;
}

interface SeedOutcome {
  readonly seed: number;
  readonly choices: Readonly<Record<Rule, Choice>>;
  /** The guide's, in image-steps. */
  readonly cost: number;
  /** The grid's. */
  readonly fullCost: number;
}

const { shared, out, tasks, seeds } = studyArguments(5);
const batch = 32;

/** The run of the highest validation accuracy, the first of equals, and what it scores on test images. */
function chosen(rows: readonly TuneRow[]): Choice {
  const sound = rows.filter((row) => !row.diverged && !row.stopped);
  const best = sound.reduce((a, b) => (b.bestValidationScore! > a.bestValidationScore! ? b : a));
  return { tau: best.tau, rate: best.learningRate!, test: testScore(best)! };
}

/** Epochs trained, in images; diverged ones count the epoch that they broke off in. */
function imageSteps(rows: readonly TuneRow[], images: number): number {
  return rows.reduce((sum, row) => sum + images * (row.epochs.length + (row.diverged ? 1 : 0)), 0);
}

/** Images of the range tests that a run folder holds, with the pass over their batches at rate 0. */
function rangeTestSteps(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith("rate.json"));
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), "utf8")) as { tests: RangeTest[] };
  const steps = files.flatMap((file) => read(file).tests).map(({ rates: tried }) => tried.length + 1 + 4);
  return batch * steps.reduce((a, b) => a + b, 0);
}

/** All runs of the grid. @throws {Error} if a rate has not been run */
function gridRows(task: Task, seed: number): TuneRow[] {
  return rates.flatMap((rate) => {
    const results = readResults(join(seedFolder(out, task, seed), `rate-${rate}`));
    if (!results) throw new Error(`${task}, seed ${seed} has no runs at rate ${rate}; run grid.js first`);
    return results.rows;
  });
}

async function ofSeed(task: Task, seed: number): Promise<SeedOutcome> {
  const grid = gridRows(task, seed);
  const folder = join(seedFolder(out, task, seed), "guide");
  const own = await tune([...argumentsOf(task, seed, shared, out), ...epochs], folder);
  const images = own.data.train.count;
  const choices = {
    guide: chosen(own.rows),
    grid: chosen(grid),
    "always tau 1": chosen(grid.filter((row) => row.tau === 1)),
    "always converged": chosen(grid.filter((row) => row.tau === "converged")),
  };
  const cost = imageSteps(own.rows, images) + rangeTestSteps(folder);
  return { seed, choices, cost, fullCost: grid.length * images * Number(own.options["epochs"]) };
}

/** In hundredths. */
const points = (value: number): string => (100 * value).toFixed(1);

function described(rule: Rule, { test, tau, rate }: Choice): string {
  return `${rule} ${points(test)} (${tau}, ${Number(rate.toPrecision(2))})`;
}

for (const task of tasks) {
  const all = await inParallel(
    seeds.map((seed) => () => ofSeed(task, seed)),
    2,
  );
  console.log(`\n${task}: test accuracy in %, of the choice (tau, rate)`);
  for (const { seed, choices } of all)
    console.log(`seed ${seed}: ${rules.map((rule) => described(rule, choices[rule])).join(" · ")}`);
  for (const rule of rules.slice(1)) {
    const regrets = all.map(({ choices }) => choices[rule].test - choices.guide.test);
    // The 95th percentile of the mean, resampling seeds.
    const upper = quantile(bootstrap(regrets, 10_000, mean), 0.95);
    console.log(`regret against ${rule}: mean ${points(mean(regrets))}, upper bound ${points(upper)} points`);
  }
  console.log(`cost: ${points(mean(all.map((one) => one.cost / one.fullCost)))} % of the grid's image-steps`);
}
