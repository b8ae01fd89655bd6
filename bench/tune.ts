/**
 * Our side of the whole job, by the command as users run it: `node tune.js _ TAUS EPOCHS SHARED`, TAUS a list, or `auto` for
 * the command's own choice of taus and rates. Prints a measurement.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inRepository } from "#scripts/paths.js";
import { print } from "./measurement.js";

const [, taus, epochs, shared] = process.argv.slice(2);
if (!taus || !epochs || !shared) throw new Error("give what to run: node tune.js _ TAUS EPOCHS SHARED");
const folder = mkdtempSync(join(tmpdir(), "taskhead-bench-"));
const main = inRepository("packages/taskhead/dist/main.js");
const data = join(shared, "data/cifar10");
const rates = taus === "auto" ? "" : " --probe-lr 2e-4 --lr 5e-5 --clip-norm none";
const setting = `--size 64 --mean 0,0,0 --std 1,1,1 --taus ${taus} --epochs ${epochs} --batch 64 --optimizer sgd${rates} --threads 2 --json`;
const paths = ["--backbone", join(shared, "models/tiny-darknet.onnx"), "--val", join(data, "test")];
const own = ["--out", join(folder, "run"), "--cache", join(folder, "cache")];
const measured = `process.on("exit", () => console.error("peak " + process.resourceUsage().maxRSS * 1024))`;

const start = performance.now();
const command = ["--import", `data:text/javascript,${measured}`, main, "tune", join(data, "train")];
const run = spawnSync(process.execPath, [...command, ...paths, ...setting.split(" "), ...own], {
  encoding: "utf8",
  stdio: ["ignore", "ignore", "pipe"],
});
const perSecond = 1000 / (performance.now() - start);
rmSync(folder, { recursive: true });
const [, peak] = /peak (\d+)/.exec(run.stderr) ?? [];
if (run.status !== 0 || peak === undefined) throw new Error(run.stderr);
print(perSecond, Number(peak));
