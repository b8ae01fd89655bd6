/**
 * Our side of a whole job, by the command as users run it, with its defaults: `node job.js TASK EPOCHS FOLDER`, the folder as
 * `withJob` makes it. Prints a measurement.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inRepository } from "#scripts/paths.js";
import { jobs, type JobName } from "./jobs.js";
import { print } from "./measurement.js";

const [task, epochs, folder] = process.argv.slice(2);
if (!task || !epochs || !folder) throw new Error("give what to run: node job.js TASK EPOCHS FOLDER");
const { train, test, backbone, options } = jobs[task as JobName];
const own = mkdtempSync(join(tmpdir(), "taskhead-job-"));
const paths = { "--test": join(folder, test), "--backbone": join(folder, "models", backbone) };
const kept = { "--out": join(own, "run"), "--cache": join(own, "cache"), "--epochs": epochs, "--threads": "2" };
const given = [join(folder, train), ...Object.entries({ ...paths, ...kept }).flat(), ...options];
const measured = `process.on("exit", () => console.error("peak " + process.resourceUsage().maxRSS * 1024))`;
const main = inRepository("packages/taskhead/dist/main.js");

const start = performance.now();
const command = ["--import", `data:text/javascript,${measured}`, main, "tune", ...given];
const run = spawnSync(process.execPath, command, { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
const perSecond = 1000 / (performance.now() - start);
rmSync(own, { recursive: true });
const [, peak] = /peak (\d+)/.exec(run.stderr) ?? [];
if (run.status !== 0 || peak === undefined) throw new Error(run.stderr);
print(perSecond, Number(peak));
