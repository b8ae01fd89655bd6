import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { UserError } from "../../files/errors.js";
import { sbatchOf, slurmScript, writeSlurmJob } from "./slurm.js";

it("writes an array job of workers that says what Slurm needs to know, and holds no password", () => {
  const script = slurmScript("/my runs/5 %", { workers: 8, store: "/mnt/it's shared", threads: 2 });
  const asked = [...script.matchAll(/^#SBATCH --(.*)$/gm)].map(([, one]) => one);
  expect(asked).toEqual([
    "job-name=taskhead",
    "array=1-8",
    "cpus-per-task=2",
    "requeue",
    "signal=B:TERM@120",
    'output="/my runs/5 %%/slurm-%A-%a.log"',
  ]);
  // Slurm reads its lines up to the first command.
  expect(script.slice(0, script.lastIndexOf("#SBATCH"))).not.toMatch(/^[^#\n]/m);
  expect([sbatchOf("/runs/a.sbatch"), sbatchOf("/my runs/it's")]).toEqual([
    "sbatch /runs/a.sbatch",
    "sbatch '/my runs/it'\\''s'",
  ]);
  expect(() => writeSlurmJob("/runs/a", { workers: 1, store: "redis://:pa55@host", threads: 1 })).toThrow(UserError);
});

it.skipIf(!existsSync("/bin/bash"))("runs as a shell runs it: as many trials at once as the node's cores allow", () => {
  const root = mkdtempSync(join(tmpdir(), "taskhead-slurm-"));
  const file = writeSlurmJob(root, { workers: 2, store: "/mnt/it's shared", threads: 2 });
  // In the place of Node.js, which would begin to work.
  writeFileSync(join(root, "node"), '#!/bin/bash\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
  const call = (env: NodeJS.ProcessEnv) =>
    spawnSync("/bin/bash", [file], { env: { PATH: `${root}:/usr/bin:/bin`, ...env }, encoding: "utf8" });
  const { stdout, status } = call({ TASKHEAD_QUEUE: "redis://:pa55@host", SLURM_CPUS_PER_TASK: "9" });
  expect(status).toBe(0);
  const [program, ...args] = stdout.trim().split("\n");
  expect(existsSync(program!)).toBe(true);
  expect(args).toEqual(["worker", "--store", "/mnt/it's shared", "--idle", "300", "--concurrency", "4"]);
  expect(call({ TASKHEAD_QUEUE: "redis://host" }).stdout).toMatch(/--concurrency\n1\n$/);
  expect(call({})).toMatchObject({ status: 1, stderr: expect.stringContaining("set it to the address") as unknown });
  expect(readFileSync(file, "utf8")).not.toContain("pa55");
  rmSync(root, { recursive: true });
});
