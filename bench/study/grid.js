/**
 * The full grid of the study: eight taus × three rates, on seeds 0 to 4 of each task.
 *
 *     node bench/study/grid.js SHARED OUT [TASK [SEEDS]]
 */
import { join } from "node:path";
import { argumentsOf, rates, tasks, taus } from "./tasks.js";
import { inParallel, tune } from "./tune.js";

const [shared, out, only, seeds = "0,1,2,3,4"] = process.argv.slice(2);
const jobs = Object.keys(tasks)
  .filter((task) => !only || task === only)
  .flatMap((task) => seeds.split(",").flatMap((seed) => rates.map((rate) => ({ task, seed, rate }))));

await inParallel(
  jobs.map(({ task, seed, rate }) => async () => {
    const args = [...argumentsOf(task, Number(seed), shared, out), "--taus", taus, "--lr", rate];
    const { rows } = await tune(args, join(out, task, `seed-${seed}`, `rate-${rate}`));
    const shown = rows.map((row) => `${row.tau} ${row.diverged ? "diverged" : row.ood[0].finetuned}`).join(", ");
    console.log(`${task}, seed ${seed}, rate ${rate}: ${shown}`);
  }),
  2,
);
