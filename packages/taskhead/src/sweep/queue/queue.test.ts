import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { hasRedis, startRedis, type RedisServer } from "../../../../../scripts/redis-server.js";
import { taskhead } from "../../../test/command-line.js";
import { drawStripes, tinyBackboneFile } from "../../../test/stripes.js";
import type { SweepResults } from "../../report/sweep/index.js";

const main = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const password = "pa55-w0rd";

if (!hasRedis) console.log("skipped: sweeps with --queue, as there is no redis-server");

describe.skipIf(!hasRedis)("a sweep whose trials are run by workers", () => {
  let root: string;
  let redis: RedisServer;
  let url: string;
  const workers: ChildProcess[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "taskhead-queue-"));
    await drawStripes(join(root, "data"), 12);
    await tinyBackboneFile(join(root, "tiny.onnx"));
    redis = await startRedis(root, ["--requirepass", password]);
    url = `redis://:${password}@127.0.0.1:${redis.port}`;
    return async () => {
      for (const worker of workers) worker.kill("SIGKILL");
      await redis.stop();
      await rm(root, { recursive: true, force: true });
    };
  });

  /** A worker as a user starts it; what it says is kept. */
  function worker(...given: string[]): { process: ChildProcess; said: () => string; ended: Promise<number | null> } {
    const own = ["--store", join(root, "shared"), "--cache", join(root, "cache-worker"), "--concurrency", "1"];
    const child = spawn(process.execPath, [main, "worker", ...own, ...given], {
      env: { ...process.env, TASKHEAD_QUEUE: url },
    });
    workers.push(child);
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    return { process: child, said: () => text, ended };
  }

  const options = "--size 16 --taus 0,2 --lr 0.02,1e30 --seeds 0,1 --batch 8 --val-fraction 0.25 --json";
  const sweep = (out: string, epochs: number, ...given: string[]) => {
    const paths = ["--backbone", join(root, "tiny.onnx"), "--cache", join(root, "cache"), "--out", join(root, out)];
    return taskhead("sweep", join(root, "data"), ...options.split(" "), "--epochs", String(epochs), ...paths, ...given);
  };
  const table = (json: string) => {
    const { rows, best, cost } = JSON.parse(json) as SweepResults;
    return { rows, best, cost };
  };

  it("comes to what one process comes to, whichever worker dies, and keeps its password to itself", async () => {
    const alone = await sweep("alone", 12, "--threads", "1", "--jobs", "1");
    expect(alone.code, alone.err).toBe(0);
    const victim = worker("--lease", "1");
    const queued = sweep("queued", 12, "--queue", url, "--store", join(root, "shared"), "--verbose");
    const said = [victim.said];
    setTimeout(() => {
      victim.process.kill("SIGKILL");
      said.push(worker("--lease", "1").said);
    }, 1500);
    const { code, out, err } = await queued;
    expect(code, err).toBe(0);
    expect(table(out)).toEqual(table(alone.out));
    console.log(err, said.map((one) => one()).join("\n---\n"));
  });
});
