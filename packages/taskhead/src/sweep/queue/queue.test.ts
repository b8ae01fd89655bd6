import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { memoryStore } from "@taskhead/core";
import { Queue, QueueEvents, UnrecoverableError, Worker } from "bullmq";
import { beforeAll, describe, expect, it } from "vitest";
import { hasRedis, startRedis, type RedisServer } from "../../../../../scripts/redis-server.js";
import { heard } from "../../../test/command-line.js";
import { Patience } from "../../../test/patience.js";
import { drawStripes, tinyBackboneFile } from "../../../test/stripes.js";
import { UserError } from "../../files/errors.js";
import type { SweepResults, SweepTrial } from "../../report/sweep/index.js";
import { connectRedis } from "../../store/redis-client.js";
import { Dispatch } from "./dispatch.js";
import { queueName } from "./jobs.js";
import type { SentPayload } from "./payload.js";
import { writeResult } from "./results.js";

const main = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const password = "pa55-w0rd";

if (!hasRedis) console.log("skipped: sweeps with --queue, as there is no redis-server");

// However long it takes where others compute too, while something is heard of it.
describe.skipIf(!hasRedis)("a sweep whose trials are run by workers", { timeout: 0 }, () => {
  const patience = new Patience();
  let root: string;
  let redis: RedisServer;
  let url: string;
  const workers: ChildProcess[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "taskhead-queue-"));
    await drawStripes(join(root, "data"), 12);
    await tinyBackboneFile(join(root, "tiny.onnx"));
    redis = await patience.during("Redis", startRedis(root, ["--requirepass", password]));
    url = `redis://:${password}@127.0.0.1:${redis.port}`;
    return async () => {
      for (const worker of workers) worker.kill("SIGKILL");
      await redis.stop();
      await rm(root, { recursive: true, force: true });
    };
  }, 0);

  /** A worker as a user starts it; what it says is kept. */
  function worker(...given: string[]) {
    const own = ["--store", join(root, "shared"), "--cache", join(root, "cache-worker"), "--concurrency", "1"];
    const child = spawn(process.execPath, [main, "worker", ...own, ...given], {
      env: { ...process.env, TASKHEAD_QUEUE: url },
    });
    workers.push(child);
    let text = "";
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    const works = new Promise<void>((resolve, reject) => {
      child.stderr.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        patience.heard();
        if (text.includes("works for")) resolve();
      });
      void ended.then(() => reject(new Error(`the worker ended:\n${text}`)));
    });
    return { process: child, said: () => text, works, ended };
  }

  const options = "--size 16 --taus 0,2 --lr 0.02 --seeds 0,1 --batch 8 --epochs 40 --val-fraction 0.25 --json";
  const sweep = (out: string, ...given: string[]) => {
    const paths = ["--backbone", join(root, "tiny.onnx"), "--cache", join(root, "cache"), "--out", join(root, out)];
    const argv = ["sweep", join(root, "data"), ...options.split(" "), ...paths, ...given];
    return patience.during("the sweep", heard(patience.heard, ...argv));
  };
  const queued = () => sweep("queued", "--queue", url, "--store", join(root, "shared"), "--verbose");
  const table = (json: string) => {
    const { rows, best, cost } = JSON.parse(json) as SweepResults;
    return { rows, best, cost };
  };
  let alone: string;

  it("comes to what one process comes to, though a worker is killed while it has a trial", async () => {
    // They start while the sweep is run in one process.
    const [victim, heir] = [worker("--lease", "1"), worker("--lease", "4")];
    const both = Promise.all([victim.works, heir.works]);
    both.catch(() => {});
    const { code, out, err } = await sweep("alone", "--threads", "1", "--jobs", "1");
    expect(code, err).toBe(0);
    alone = out;
    await patience.during("the workers", both);
    const connection = { url, maxRetriesPerRequest: null };
    const [events, queue] = [new QueueEvents(queueName, { connection }), new Queue(queueName, { connection })];
    events.on("progress", ({ jobId }) => {
      patience.heard();
      void queue.getJob(jobId).then((job) => {
        if (job?.processedBy?.endsWith(`-${victim.process.pid}`)) victim.process.kill("SIGKILL");
      });
    });
    const stalled = new Promise((resolve) => events.once("stalled", resolve));
    await events.waitUntilReady();
    const done = await queued();
    expect(done.code, done.err).toBe(0);
    expect(table(done.out)).toEqual(table(alone));
    expect(victim.process.killed).toBe(true);
    expect(await readdir(join(root, "shared", "features"))).toHaveLength(2);
    await patience.during("the victim's trial", stalled);
    await Promise.all([events.close(), queue.close()]);
    heir.process.kill("SIGINT");
    expect(await patience.during("the heir", heir.ended)).toBe(130);
    for (const text of [done.err, done.out, victim.said(), heir.said()]) expect(text).not.toContain(password);
    expect(heir.said()).toMatch(/^works for redis:\/\/\*\*\*@127[^\n]*\nopens a sweep that begins\n/);
    for (const file of await readdir(root, { recursive: true, withFileTypes: true }))
      if (file.isFile()) expect(await readFile(join(file.parentPath, file.name), "latin1")).not.toContain(password);
  });

  it("is collected by the same command, with no worker, and refuses what would do nothing", async () => {
    await rm(join(root, "queued", "results.json"));
    const again = await queued();
    expect(again.code, again.err).toBe(0);
    expect(table(again.out)).toEqual(table(alone));
    expect((await sweep("queued", "--queue", url, "--jobs", "2")).err).toMatch(/^taskhead: --jobs is for trials on this machine[^\n]*\n$/); // prettier-ignore
    expect((await sweep("queued", "--store", "s3://b")).err).toMatch(/^taskhead: --store is for --queue[^\n]*\n$/);
  });

  it("says in a line what is wrong with an address, and never what the password is", async () => {
    const wrong = [
      `redis://:${password}x@127.0.0.1:${redis.port}`,
      `redis://:${password}@127.0.0.1:1`,
      `http://:${password}@127.0.0.1`,
    ];
    for (const address of wrong) {
      const { code, err } = await sweep("refused", "--queue", address, "--verbose");
      expect(code).toBe(2);
      expect(err).not.toContain(password);
      expect(err).toMatch(/^taskhead: --queue (redis:\/\/\*\*\*@127.0.0.1:\d+ (refuses the user or the password|cannot be reached \(ECONNREFUSED\))|wants redis)/); // prettier-ignore
    }
  });

  it("ends at a trial that no worker can run, takes the others back, and tries again in the next sweep", async () => {
    const client = await connectRedis("--queue", url);
    const store = memoryStore();
    const { signal } = new AbortController();
    const dispatch = await Dispatch.open(client, store, { priority: 1, signal });
    const run = (seed: number) => dispatch.run({ trial: { seed } } as unknown as SentPayload);
    const connection = { url, maxRetriesPerRequest: null };
    const broken = new Worker(queueName, () => Promise.reject(new UnrecoverableError("it cannot be")), { connection });
    const both = await patience.during("the trials", Promise.allSettled([run(0), run(1)]));
    await broken.close();
    for (const one of both) expect(one).toMatchObject({ reason: expect.any(UserError) as unknown });
    expect(both[0]).toMatchObject({ reason: { message: "it cannot be" } });
    const trial = { seed: 0 } as SweepTrial;
    const sound = new Worker(queueName, async (job) => writeResult(store, job.id!, trial), { connection });
    expect(await patience.during("the trial", run(0))).toEqual(trial);
    await sound.close();
    await dispatch.close();
  });
});
