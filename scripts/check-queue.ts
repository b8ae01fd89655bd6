/**
 * Sweeps whose trials are run by workers, against one undisturbed process: three workers and the sweep killed at random, Redis
 * restarted, a worker cut off from it; every method, larger heads, masks, texts, molecules; other stores, TLS; then how fast it is.
 *
 *     npm run check:queue [-- --kills 50] [--seed 1] [--jobs 10000] [--epochs 40] [--only kills,kinds,stores,tls,throughput,overhead]
 *
 * Wants redis-server, as distributions package it; for S3 it fetches s3rver by npx, for TLS it asks openssl for certificates.
 * What is missing is skipped, with a word. Tables have to be the same to the last digit.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { memoryStore } from "@taskhead/core";
import { drawFolders } from "#taskhead/demo/folders.js";
import { UserError } from "#taskhead/files/errors.js";
import { sha256OfFile } from "#taskhead/files/pieces.js";
import { fetchFile, putFile, type PiecewiseStore } from "#taskhead/store/large-files.js";
import { connectRedis } from "#taskhead/store/redis-client.js";
import { openS3 } from "#taskhead/store/s3-store.js";
import { Dispatch } from "#taskhead/sweep/queue/dispatch.js";
import { queueName } from "#taskhead/sweep/queue/jobs.js";
import type { SentPayload } from "#taskhead/sweep/queue/payload.js";
import { writeResult } from "#taskhead/sweep/queue/results.js";
import { Worker } from "bullmq";
import { inRepository } from "./paths.js";
import { cableTo, processorTime, taskhead, type Running } from "./queue-processes.js";
import { sweepsOfKinds } from "./queue-kinds.js";
import { freePort, hasRedis, startRedis, type RedisServer } from "./redis-server.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "10000" },
    epochs: { type: "string", default: "40" },
    only: { type: "string", default: "kills,kinds,stores,tls,throughput,overhead" },
  },
});
if (!hasRedis) {
  console.log("skipped: there is no redis-server; install it (apt-get install redis-server)");
  process.exit(0);
}
const parts = values.only.split(",");
const root = mkdtempSync(join(tmpdir(), "taskhead-check-queue-"));
const running = new Set<Running>();
let failed = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const { train, validation } = await drawFolders(join(root, "images"), 7);
const backbone = inRepository("packages/taskhead/assets/demo-backbone.onnx");
const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** Random, and the same each time: kills hit what they hit, as processes are never as fast twice. */
let state = Number(values.seed) + 1;
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

function start(args: readonly string[], env?: NodeJS.ProcessEnv): Running {
  const one = taskhead(args, env);
  running.add(one);
  void one.ended.then(() => running.delete(one));
  return one;
}

const grid = "--taus 0,1,4 --lr 0.01,0.03,1e30 --seeds 0,1 --batch 20 --epochs 24";

function sweep(out: string, given: readonly string[], env?: NodeJS.ProcessEnv): Running {
  const paths = ["--val", validation, "--backbone", backbone, "--cache", join(root, "cache"), "--out", join(root, out)];
  return start(["sweep", train, ...grid.split(" "), ...paths, ...given], env);
}

function worker(queue: string, store: string, n: number, env?: NodeJS.ProcessEnv): Running {
  const own = ["--concurrency", "1", "--lease", "2", "--cache", join(root, `cache-${n}`)];
  return start(["worker", "--queue", queue, "--store", store, ...own], env);
}

/** Rows, the best and the cost, from the run folder. */
function table(out: string): unknown {
  const { rows, best, cost } = JSON.parse(readFileSync(join(root, out, "results.json"), "utf8")) as Record<
    string,
    unknown
  >;
  return { rows, best, cost };
}

function verdict(what: string, good: boolean, more = ""): void {
  failed ||= !good;
  console.log(`${good ? "ok    " : "FAILED"} ${what}${more}`);
}

async function done(what: string, one: Running): Promise<void> {
  const code = await one.ended;
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${one.said()}`);
}

async function ended(all: readonly Running[], signal: NodeJS.Signals): Promise<void> {
  for (const one of all) one.process.kill(signal);
  await Promise.all(all.map((one) => one.ended));
}

/** Sweeps, each in a fresh place, until so many processes were killed. */
async function killed(kills: number): Promise<void> {
  const folder = join(root, "redis");
  mkdirSync(folder);
  const port = await freePort();
  const serve = (): Promise<RedisServer> => startRedis(folder, ["--appendonly", "yes"], port);
  let redis = await serve();
  const url = `redis://127.0.0.1:${port}`;
  const cable = await cableTo(() => port);
  const counts = { workers: 0, sweeps: 0, restarts: 0, cuts: 0, rounds: 0 };
  for (; counts.workers + counts.sweeps < kills; counts.rounds++) {
    const out = `killed-${counts.rounds}`;
    const store = join(root, `store-${counts.rounds}`);
    const begin = (): Running => sweep(out, ["--queue", url, "--store", store]);
    // The first is behind the cable.
    const hire = (n: number): Running => worker(n === 0 ? `redis://127.0.0.1:${cable.port}` : url, store, n);
    const workers = [0, 1, 2].map(hire);
    let leader = begin();
    let events = 0;
    for (;;) {
      const finished = await Promise.race([leader.ended, wait(1 + 3 * random()).then(() => "waited" as const)]);
      if (finished === 0) break;
      if (finished !== "waited") throw new Error(`the sweep ended with ${finished}:\n${leader.said()}`);
      if (counts.workers + counts.sweeps >= kills) continue;
      events++;
      if (events % 9 === 4) {
        await redis.stop("SIGKILL");
        redis = await serve();
        counts.restarts++;
      } else if (events % 9 === 7) {
        cable.pull();
        void wait(5).then(() => cable.mend());
        counts.cuts++;
      } else if (random() < 0.2) {
        await ended([leader], "SIGKILL");
        leader = begin();
        counts.sweeps++;
      } else {
        const n = Math.floor(3 * random());
        await ended([workers[n]!], "SIGKILL");
        workers[n] = hire(n);
        counts.workers++;
      }
    }
    verdict(
      `round ${counts.rounds + 1}: the table is the undisturbed one's`,
      isDeepStrictEqual(table(out), table("alone")),
    );
    await ended(workers, "SIGINT");
  }
  console.log(
    `       kill -9 of ${counts.workers} workers and ${counts.sweeps} sweeps, ${counts.restarts} restarts of Redis, a worker cut off ${counts.cuts} times, in ${counts.rounds} sweeps`,
  );
  cable.close();
  await redis.stop();
}

/** A sweep with one worker, in another kind of store. */
async function elsewhere(name: string, queue: string, store: string, env?: NodeJS.ProcessEnv): Promise<void> {
  const one = worker(queue, store, 9, env);
  const out = `sweep-${name}`;
  await done(name, sweep(out, ["--queue", queue, "--store", store], env));
  verdict(`${name}: the table is the undisturbed one's`, isDeepStrictEqual(table(out), table("alone")));
  await ended([one], "SIGINT");
  rmSync(join(root, "cache-9"), { recursive: true, force: true });
}

/** Sweeps of other kinds of data, each by one worker against one process. */
async function kinds(url: string): Promise<void> {
  const store = join(root, "store-kinds");
  const one = worker(url, store, 8);
  const short = "--lr 0.02 --seeds 0, --epochs 2 --batch 8 --no-halving".split(" ");
  for (const [name, args] of await sweepsOfKinds(join(root, "kinds"))) {
    const begin = (out: string, given: readonly string[]): Running =>
      start(["sweep", ...args, ...short, "--cache", join(root, "cache"), "--out", join(root, out), ...given]);
    await done(name, begin(`${name}-alone`, ["--threads", "1", "--jobs", "1"]));
    await done(name, begin(`${name}-queued`, ["--queue", url, "--store", store]));
    verdict(`${name}: the table is one process's`, isDeepStrictEqual(table(`${name}-queued`), table(`${name}-alone`)));
  }
  await ended([one], "SIGINT");
}

async function stores(url: string): Promise<void> {
  await elsewhere("a store in Redis", url, `${url}/5`);
  const port = await freePort();
  const [keys, folder] = ["S3RVER", join(root, "s3")];
  mkdirSync(folder);
  const server = spawn(
    "npx",
    `--yes s3rver@3.7.1 -d ${folder} -p ${port} -a 127.0.0.1 --configure-bucket trials`.split(" "),
    { stdio: "ignore", detached: true },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  let there = false;
  for (let tries = 0; tries < 60 && !there && server.exitCode === null; tries++) {
    await wait(1);
    there = await fetch(endpoint).then(
      () => true,
      () => false,
    );
  }
  const env = { AWS_ACCESS_KEY_ID: keys, AWS_SECRET_ACCESS_KEY: keys, AWS_ENDPOINT_URL: endpoint };
  if (there) {
    await elsewhere("a store in S3 (s3rver)", url, "s3://trials/sweeps", env);
    await inParts(await openS3(new URL("s3://trials/parts"), env, { partBytes: 5 * 2 ** 20 }));
  } else console.log("skipped: a store in S3, as s3rver cannot be fetched by npx");
  // npx has the server as its child.
  if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid);
}

/** A file that is put in parts, and one that changed meanwhile. The server cannot be told to delete the parts of that. */
async function inParts(store: PiecewiseStore): Promise<void> {
  const path = join(root, "weights");
  writeFileSync(
    path,
    Uint8Array.from({ length: 23 * 2 ** 20 }, () => 256 * random()),
  );
  const hash = await sha256OfFile(path);
  await putFile(store, "whole", path, hash);
  await fetchFile(store, "whole", `${path}-back`, hash);
  const other = await putFile(store, "other", path, "0".repeat(64)).catch((error: Error) => error);
  const absent = (await store.readPieces("other")) === undefined;
  verdict("a file in parts comes back as it was, and none that changed", other instanceof UserError && absent);
}

async function encrypted(): Promise<void> {
  const [key, certificate] = [join(root, "key.pem"), join(root, "cert.pem")];
  const made = spawnSync(
    "openssl",
    `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout ${key} -out ${certificate}`.split(
      " ",
    ),
  );
  if (made.status !== 0) return console.log("skipped: TLS, as there is no openssl to make a certificate");
  const port = await freePort();
  const tls = `--tls-port ${port} --tls-cert-file ${certificate} --tls-key-file ${key} --tls-ca-cert-file ${certificate} --tls-auth-clients no --requirepass s3cret`;
  const redis = await startRedis(root, tls.split(" "));
  const url = `rediss://:s3cret@localhost:${port}`;
  const trust = { NODE_EXTRA_CA_CERTS: certificate, TASKHEAD_QUEUE: url };
  await elsewhere("TLS and a password, by the environment", "env", join(root, "store-tls"), trust);
  const doubtful = sweep("doubtful", ["--queue", "env"], { TASKHEAD_QUEUE: url });
  verdict("a certificate that nobody vouches for is refused, in a line", (await doubtful.ended) === 2 && /^taskhead: --queue rediss:\/\/\*\*\*@localhost:\d+ cannot be reached[^\n]*\n$/.test(doubtful.said())); // prettier-ignore
  await redis.stop();
}

/**
 * Two workers of one thread each against one process, and against two processes at once that know nothing of each other: what this
 * machine's second core gives. Where others compute too, processor time says more than the clock.
 */
async function throughput(url: string): Promise<void> {
  const long = ["--epochs", values.epochs, "--no-halving"];
  const timed = async (what: string, one: Running, others: Running[] = []) => {
    const cpu = processorTime([one, ...others]);
    const from = performance.now();
    await done(what, one);
    return { clock: (performance.now() - from) / 1000, cpu: cpu() };
  };
  const single = (out: string): Running => sweep(out, [...long, "--threads", "1", "--jobs", "1"]);
  const alone = await timed("one process", single("alone-long"));
  const [twin, other] = [single("twin-0"), single("twin-1")];
  const twins = await timed("two processes", twin, [other]);
  await done("two processes", other);
  const store = join(root, "store-long");
  const workers = [0, 1].map((n) => worker(url, store, n));
  // They stand before a sweep begins.
  while (!workers.every((one) => one.said().includes("works for"))) await wait(0.1);
  const two = await timed("two workers", sweep("two", [...long, "--queue", url, "--store", store]), workers);
  await ended(workers, "SIGINT");
  verdict("two workers: the table is one process's", isDeepStrictEqual(table("two"), table("alone-long")));
  const most = (2 * alone.clock) / twins.clock;
  console.log(
    `       one process took ${alone.clock.toFixed(0)} s, two workers ${two.clock.toFixed(0)} s: ${(alone.clock / two.clock).toFixed(2)} ×, where two processes of their own make ${most.toFixed(2)} ×; of the processor ${alone.cpu.toFixed(0)} s and ${two.cpu.toFixed(0)} s, by which two free cores make ${((2 * alone.cpu) / two.cpu).toFixed(2)} ×; load ${loadavg()[0]!.toFixed(1)}`,
  );
}

/** Trials of nothing, through all of the sweep's side and BullMQ; then of a second each, on a thousand places. */
async function overhead(url: string, count: number): Promise<void> {
  const through = async (jobs: number, places: number, seconds: number): Promise<number> => {
    const store = memoryStore();
    const { signal } = new AbortController();
    const dispatch = await Dispatch.open(await connectRedis("--queue", url), store, { priority: 1, signal });
    const connection = { url, maxRetriesPerRequest: null };
    const work = new Worker(
      queueName,
      async (job) => {
        if (seconds > 0) await wait(seconds);
        await writeResult(store, job.id!, { seed: 0 } as never);
        return null;
      },
      { connection, concurrency: places },
    );
    await work.waitUntilReady();
    // As large as a job is.
    const filling = "x".repeat(1500);
    const from = performance.now();
    const trial = (n: number): unknown => ({ n, places, seconds, filling });
    await Promise.all(Array.from({ length: jobs }, (_, n) => dispatch.run(trial(n) as SentPayload)));
    const took = (performance.now() - from) / 1000;
    await work.close();
    await dispatch.close();
    return took;
  };
  const took = await through(count, 100, 0);
  const each = (1000 * took) / count;
  console.log(
    `       ${count} trials of nothing took ${took.toFixed(1)} s, ${each.toFixed(2)} ms each, sweep, worker and Redis on one machine: 1,000 workers are kept busy by trials of ${each.toFixed(1)} s and longer`,
  );
  const seconds = 10;
  const busy = await through(4000, 1000, seconds);
  console.log(
    `       4000 trials of ${seconds} s on 1,000 places took ${busy.toFixed(1)} s of ${4 * seconds} at best: ${((400 * seconds) / busy).toFixed(0)} % busy`,
  );
}

try {
  if (["kills", "tls", "stores"].some((part) => parts.includes(part)))
    await done("the undisturbed sweep", sweep("alone", ["--threads", "1", "--jobs", "1"]));
  if (parts.includes("kills")) await killed(Number(values.kills));
  if (parts.includes("tls")) await encrypted();
  const redis = await startRedis(root);
  const url = `redis://127.0.0.1:${redis.port}`;
  if (parts.includes("kinds")) await kinds(url);
  if (parts.includes("stores")) await stores(url);
  if (parts.includes("throughput")) await throughput(url);
  if (parts.includes("overhead")) await overhead(url, Number(values.jobs));
  await redis.stop();
} finally {
  await ended([...running], "SIGKILL");
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(failed ? 1 : 0);
