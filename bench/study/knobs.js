/**
 * Every knob and baseline beside the grid's runs at the same rate, on seeds 0 to 2 of each task: larger heads, smoothing,
 * a partial backbone, side-tuning, rates per layer, probing alone. (Direct fine-tuning is the grid's tau 0, LP-FT its
 * `converged`.) Heads of another size also at the rate that a range test finds for each.
 *
 *     node bench/study/knobs.js SHARED OUT [TASK [SEEDS]]
 */
import { join } from "node:path";
import { argumentsOf, tasks } from "./tasks.js";
import { inParallel, tune } from "./tune.js";

const knobs = {
  lp: "--method lp --taus converged",
  smoothing: "--smoothing 0.1 --taus 8,converged",
  mlp: "--head mlp --taus 1,8,64",
  "partial-backbone": "--reinit-blocks 1 --taus 1,8",
  side: "--method side --taus 8",
  "layer-decay": "--layer-decay 0.8 --taus 4",
  "own-rate-linear": "--lr auto --taus 8",
  "own-rate-smoothing": "--lr auto --smoothing 0.1 --taus 8",
  "own-rate-smoothing-converged": "--lr auto --smoothing 0.1 --taus converged",
  "own-rate-mlp": "--lr auto --head mlp --taus 8",
  "own-rate-mlp-64": "--lr auto --head mlp --taus 64",
};
const sameRate = ["--lr", "5e-5"];

const [shared, out, only, seeds = "0,1,2"] = process.argv.slice(2);
const jobs = Object.keys(tasks)
  .filter((task) => !only || task === only)
  .flatMap((task) => seeds.split(",").flatMap((seed) => Object.keys(knobs).map((knob) => ({ task, seed, knob }))));

await inParallel(
  jobs.map(({ task, seed, knob }) => async () => {
    const rate = knobs[knob].includes("--lr") ? [] : sameRate;
    const args = [...argumentsOf(task, Number(seed), shared, out), ...knobs[knob].split(" "), ...rate];
    const { rows } = await tune(args, join(out, task, `seed-${seed}`, knob));
    const shown = rows.map((row) => `${row.tau} ${row.diverged ? "diverged" : row.ood[0].finetuned}`).join(", ");
    console.log(`${task}, seed ${seed}, ${knob}: ${shown}`);
  }),
  2,
);
