/**
 * Every knob and baseline beside the grid's runs at the same rate, on seeds 0 to 2 of each task: larger heads, smoothing,
 * a partial backbone, side-tuning, rates per layer, probing alone. (Direct fine-tuning is the grid's tau 0, LP-FT its
 * `converged`.) Heads of another size also at the rate that a range test finds for each.
 *
 *     npm run build && node bench/dist/study/knobs.js SHARED OUT [TASK [SEEDS]]
 */
import { join } from "node:path";
import { argumentsOf, epochs, middleRate, seedFolder, studyArguments } from "./tasks.js";
import { inParallel, shown, tune } from "./tune.js";

const knobs = {
  lp: "--method lp --taus converged",
  smoothing: "--smoothing 0.1 --taus 8,converged:0",
  mlp: "--head mlp --taus 1,8,64",
  "partial-backbone": "--reinit-blocks 1 --taus 1,8",
  side: "--method side --taus 8",
  "layer-decay": "--layer-decay 0.8 --taus 4",
  "own-rate-linear": "--lr auto --taus 8",
  "own-rate-smoothing": "--lr auto --smoothing 0.1 --taus 8",
  "own-rate-smoothing-converged": "--lr auto --smoothing 0.1 --taus converged:0",
  "own-rate-mlp": "--lr auto --head mlp --taus 8",
  "own-rate-mlp-64": "--lr auto --head mlp --taus 64",
};

const { shared, out, tasks, seeds } = studyArguments(3);
const jobs = tasks.flatMap((task) =>
  seeds.flatMap((seed) => Object.entries(knobs).map(([knob, options]) => ({ task, seed, knob, options }))),
);

await inParallel(
  jobs.map(({ task, seed, knob, options }) => async () => {
    const rate = options.includes("--lr") ? [] : ["--lr", middleRate, "--clip-norm", "none"];
    // Probing alone has no use for them.
    const training = knob === "lp" ? [] : [...epochs, ...rate];
    const args = [...argumentsOf(task, seed, shared, out), ...options.split(" "), ...training];
    const results = await tune(args, join(seedFolder(out, task, seed), knob));
    console.log(`${task}, seed ${seed}, ${knob}: ${shown(results)}`);
  }),
  2,
);
