/**
 * The full grid of the study: eight taus × three rates, on seeds 0 to 4 of each task.
 *
 *     npm run build && node bench/dist/study/grid.js SHARED OUT [TASK [SEEDS]]
 */
import { join } from "node:path";
import { argumentsOf, epochs, rates, seedFolder, studyArguments, taus } from "./tasks.js";
import { inParallel, shown, tune } from "./tune.js";

const { shared, out, tasks, seeds } = studyArguments(5);
const jobs = tasks.flatMap((task) => seeds.flatMap((seed) => rates.map((rate) => ({ task, seed, rate }))));

await inParallel(
  jobs.map(({ task, seed, rate }) => async () => {
    const training = [...epochs, "--lr", rate, "--clip-norm", "none"];
    const args = [...argumentsOf(task, seed, shared, out), "--taus", taus, ...training];
    const results = await tune(args, join(seedFolder(out, task, seed), `rate-${rate}`));
    console.log(`${task}, seed ${seed}, rate ${rate}: ${shown(results)}`);
  }),
  2,
);
