/**
 * The regret of what `taskhead tune` chooses by itself, against the choice of the full grid (grid.js, run before) and
 * against two simple rules: always tau 1, always a converged head. Grid and rules choose tau and rate by validation
 * accuracy; all are scored on test images that took no part in any choice.
 *
 *     node bench/study/regret.js SHARED OUT [TASK [SEEDS]]
 *
 * Prints a table by seed, the mean regrets with a paired-bootstrap 95 % upper bound, and the cost in fine-tuning
 * image-steps, range tests included.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { random } from "@taskhead/core";
import { argumentsOf, rates, tasks } from "./tasks.js";
import { inParallel, tune } from "./tune.js";

const [shared, out, only, seeds = "0,1,2,3,4"] = process.argv.slice(2);
const batch = 32;

/** The run of the highest validation accuracy, the first of equals, and what it scores on test images. */
function chosen(rows) {
  const sound = rows.filter((row) => !row.diverged && !row.stopped);
  const best = sound.reduce((a, b) => (b.bestValidationScore > a.bestValidationScore ? b : a));
  return { tau: best.tau, rate: best.learningRate, test: best.ood[0].finetuned };
}

/** Epochs trained, in images; diverged ones count the epoch that they broke off in. */
function imageSteps(rows, images) {
  return rows.reduce((sum, row) => sum + images * (row.epochs.length + (row.diverged ? 1 : 0)), 0);
}

/** Images of the range tests that a run folder holds, with the pass over their batches at rate 0. */
function rangeTestSteps(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith("rate.json"));
  const tests = files.flatMap((file) => JSON.parse(readFileSync(join(folder, file), "utf8")).tests);
  const steps = tests.map((test) => test.rates.length + 1 + 4);
  return batch * steps.reduce((a, b) => a + b, 0);
}

async function ofSeed(task, seed) {
  const grid = [];
  for (const rate of rates) {
    const folder = join(out, task, `seed-${seed}`, `rate-${rate}`);
    grid.push(...JSON.parse(readFileSync(join(folder, "results.json"), "utf8")).rows);
  }
  const folder = join(out, task, `seed-${seed}`, "guide");
  const own = await tune(argumentsOf(task, seed, shared, out), folder);
  const images = own.data.train.images;
  return {
    guide: chosen(own.rows),
    grid: chosen(grid),
    "always tau 1": chosen(grid.filter((row) => row.tau === 1)),
    "always converged": chosen(grid.filter((row) => row.tau === "converged")),
    cost: imageSteps([...own.rows, ...own.otherRates], images) + rangeTestSteps(folder),
    fullCost: grid.length * images * own.options.epochs,
  };
}

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

/** The 95th percentile of the mean, resampling seeds. */
function upperBound(differences, resamples = 10_000) {
  const rng = random(0, "bootstrap");
  const draw = () => differences[rng.integer(0, differences.length - 1)];
  const means = Array.from({ length: resamples }, () => mean(differences.map(draw))).sort((a, b) => a - b);
  return means[Math.round(0.95 * (resamples - 1))];
}

const points = (value) => `${(100 * value).toFixed(1)}`;

for (const task of Object.keys(tasks).filter((name) => !only || name === only)) {
  const all = await inParallel(
    seeds.split(",").map((seed) => () => ofSeed(task, Number(seed))),
    2,
  );
  console.log(`\n${task}: test accuracy in %, of the choice (tau, rate)`);
  const rules = ["guide", "grid", "always tau 1", "always converged"];
  for (const [i, seed] of seeds.split(",").entries()) {
    const cells = rules.map((rule) => {
      const { test, tau, rate } = all[i][rule];
      return `${rule} ${points(test)} (${tau}, ${Number(rate.toPrecision(2))})`;
    });
    console.log(`seed ${seed}: ${cells.join(" · ")}`);
  }
  for (const rule of rules.slice(1)) {
    const regrets = all.map((one) => one[rule].test - one.guide.test);
    console.log(
      `regret against ${rule}: mean ${points(mean(regrets))}, upper bound ${points(upperBound(regrets))} points`,
    );
  }
  console.log(`cost: ${points(mean(all.map((one) => one.cost / one.fullCost)))} % of the grid's image-steps`);
}
