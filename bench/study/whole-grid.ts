/**
 * What `taskhead tune` with its defaults comes to, against the choice of the full grid with the same schedule: eight starts ×
 * three rates, each trained to the end, chosen by the validation score, on seeds that nothing was tuned on (split, heads and
 * order of batches are the seed's). The default averages weights, as it does for every user; the grid's runs stand alone.
 *
 *     npm run build && node bench/dist/study/whole-grid.js SHARED OUT [TASK [SEEDS]]
 *
 * Prints the test score of both for each seed, and the mean of the paired differences with its standard error. Runs that are
 * in OUT are read.
 */
import { join } from "node:path";
import { jobs, withJob, type JobName } from "../jobs.js";
import { mean } from "../statistics.js";
import { inParallel, tune } from "./tune.js";

const starts = "0,1,2,4,8,16,64,converged";

/** Epochs, and what one would try of rates by hand. */
const tasks: Readonly<Record<JobName, { epochs: number; rates: readonly [string, string, string] }>> = {
  cifar10: { epochs: 10, rates: ["3e-3", "1e-2", "3e-2"] },
  "sign-digits": { epochs: 10, rates: ["3e-3", "1e-2", "3e-2"] },
  banking77: { epochs: 4, rates: ["2e-5", "5e-5", "1e-4"] },
  bbbp: { epochs: 10, rates: ["5e-3", "1.5e-2", "5e-2"] },
};

const [shared, out, only, own] = process.argv.slice(2);
if (!shared || !out) throw new Error("give where the data are and where runs go: SHARED OUT [TASK [SEEDS]]");
const seeds = own ? own.split(",").map(Number) : [10, 11, 12, 13, 14];
const names = (Object.keys(jobs) as JobName[]).filter((name) => !only || name === only);
if (names.length === 0) throw new Error(`no task '${only}'; there are ${Object.keys(jobs).join(", ")}`);

interface Compared {
  readonly seed: number;
  /** Scores on the test samples. */
  readonly byDefault: number;
  readonly grid: number;
  /** What each chose. */
  readonly choices: string;
}

async function compare(name: JobName, folder: string, seed: number): Promise<Compared> {
  const { train, test, backbone, options } = jobs[name];
  const { epochs, rates } = tasks[name];
  const places = {
    "--test": join(folder, test),
    "--backbone": join(folder, "models", backbone),
    "--cache": join(out!, name, "cache"),
  };
  const common = [join(folder, train), ...Object.entries(places).flat(), ...options];
  const decided = ["--epochs", String(epochs), "--seed", String(seed)];
  const run = (own: readonly string[], to: string) =>
    tune([...common, ...decided, ...own], join(out!, name, `seed-${seed}`, to));
  const byDefault = await run([], "default");
  // As the default's own schedule is.
  const schedule = byDefault.options["optimizer"] === "adamw" ? "cosine" : "linear";
  const falling = ["--schedule", schedule, "--warmup", "0.05", "--no-blends"];
  const grid = [];
  for (const rate of rates) grid.push(await run(["--taus", starts, "--lr", rate, ...falling], `rate-${rate}`));
  const best = grid.reduce((a, b) => (b.best!.validationScore > a.best!.validationScore ? b : a)).best!;
  const rate = rates[grid.findIndex((one) => one.best === best)]!;
  return {
    seed,
    byDefault: byDefault.best!.testScore!,
    grid: best.testScore!,
    choices: `tau ${byDefault.best!.tau} against tau ${best.tau} at ${rate}`,
  };
}

for (const name of names) {
  const { folder, remove } = await withJob(shared, name);
  try {
    const all = await inParallel(
      seeds.map((seed) => () => compare(name, folder, seed)),
      2,
    );
    for (const { seed, byDefault, grid, choices } of all)
      console.log(
        `${name}, seed ${seed}: ${byDefault.toFixed(4)} by default, ${grid.toFixed(4)} of the grid; ${choices}`,
      );
    const differences = all.map(({ byDefault, grid }) => byDefault - grid);
    const centre = mean(differences);
    const variance = differences.reduce((sum, d) => sum + (d - centre) ** 2, 0) / (differences.length - 1);
    const error = all.length > 1 ? Math.sqrt(variance / all.length).toFixed(4) : "not known of one seed";
    console.log(`${name}: default less grid ${centre.toFixed(4)}, standard error ${error}, ${all.length} seeds`);
  } finally {
    remove();
  }
}
