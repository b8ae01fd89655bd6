/**
 * Every knob and baseline beside the grid's runs at the same rate, on seeds 0 to 2 of each task: larger heads, smoothing,
 * a partial backbone, side-tuning, rates per layer, probing alone. (Direct fine-tuning is the grid's tau 0, LP-FT its
 * `converged`.)
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
};

const [shared, out, only, seeds = "0,1,2"] = process.argv.slice(2);
const jobs = Object.keys(tasks)
  .filter((task) => !only || task === only)
  .flatMap((task) => seeds.split(",").flatMap((seed) => Object.keys(knobs).map((knob) => ({ task, seed, knob }))));

await inParallel(
  jobs.map(({ task, seed, knob }) => async () => {
    const args = [...argumentsOf(task, Number(seed), shared, out), ...knobs[knob].split(" "), "--lr", "5e-5"];
    const { rows } = await tune(args, join(out, task, `seed-${seed}`, knob));
    const shown = rows.map((row) => `${row.tau} ${row.diverged ? "diverged" : row.ood[0].finetuned}`).join(", ");
    console.log(`${task}, seed ${seed}, ${knob}: ${shown}`);
  }),
  2,
);
