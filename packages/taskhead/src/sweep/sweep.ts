import {
  beginTask,
  bestWeights,
  epochsLeft,
  meanAndSpread,
  nameOfStart,
  type Metric,
  rungs,
  scoreWinner,
  Search,
  successiveHalving,
  summaryOf,
  writeJson,
  writeText,
} from "@taskhead/core/internals";
import { shownPlace } from "../files/hub-address.js";
import { packageVersion } from "../files/version.js";
import { asFlags } from "../options/rephrase.js";
import { sweepPage, type SweepBest, type SweepResults, type SweepRow, type SweepTrial } from "../report/sweep/index.js";
import { writeSides } from "../run/earlier-run.js";
import { picturesOf } from "../run/pictures.js";
import { refusable } from "../run/refusable.js";
import { picturesKey } from "../run/run-folder.js";
import { effectiveOptions, writeModelCard, type Caller } from "../run/finish-run.js";
import { formatScore, plural } from "../words/format.js";
import { candidatesOf } from "./candidates.js";
import { limited } from "./limited.js";
import { SweepLogs } from "./log-trials.js";
import { roomFor, startPool } from "./pool.js";
import type { QueuedTrials } from "./queue/queued.js";
import { runTrial, type RunSweepTrial } from "./run-trial.js";
import { deviceFor } from "../runtime/device.js";
import { loadRuntime } from "../runtime/runtime.js";
import { scoresAt, againstBest, bestOf, scoreAt } from "./standings.js";
import type { SweepOptions } from "./sweep-options.js";
import type { Candidate } from "./trial.js";
import { inRunFolder, threadsPerTrial, Workbench } from "./workbench.js";

/**
 * Fine-tunes a grid of candidates over several seeds by successive halving, exports the best and reports. Everything is
 * kept in `--out`, and a sweep that was cut short goes on there.
 * @throws {UserError} on input that cannot be used, {InterruptedError} when stopped
 */
export function sweep(asked: SweepOptions, caller: Caller): Promise<SweepResults> {
  return asFlags(asked.groups[0]!.backbone, async () => {
    // Once, for every process that runs trials.
    const device = await deviceFor(await loadRuntime(), asked.groups[0]!.device);
    const options = { ...asked, groups: asked.groups.map((group) => ({ ...group, device })) };
    const queued = options.queue && (await (await import("./queue/queued.js")).QueuedTrials.open(options.queue));
    try {
      return await refusable(caller.signal, async (open) => {
        const keep = queued ? queued.keep(open) : inRunFolder(open);
        const bench = await Workbench.open(options, caller, options.groups[0]!.threads, keep);
        try {
          return await sweepOn(bench, caller, queued);
        } finally {
          await bench.close();
        }
      });
    } finally {
      queued?.close();
    }
  });
}

async function sweepOn(bench: Workbench, caller: Caller, queued: QueuedTrials | undefined): Promise<SweepResults> {
  // What the store does not take is known before anything is probed.
  await queued?.place(bench, caller.signal);
  const candidates = await candidatesOf(bench);
  const logs = SweepLogs.of(bench, caller.onProgress);
  await logs?.probed();
  const { trained, ends } = await trainAll(bench, candidates, caller, { queued, logs });
  const results = await conclude(bench, trained, ends, caller);
  await logs?.finished(trained, results);
  return results;
}

/** A candidate with what its trials came to. */
interface Trained {
  candidate: Candidate;
  trials: SweepTrial[];
  /** The last rung that it reached. */
  epochs: number;
  finished: boolean;
}

async function trainAll(
  bench: Workbench,
  candidates: readonly Candidate[],
  { onProgress, signal = new AbortController().signal }: Caller,
  { queued, logs }: { queued: QueuedTrials | undefined; logs: SweepLogs | undefined },
) {
  const { options } = bench;
  const { metric } = bench.prepared[0]!.data.objective;
  const { epochs } = options.groups[0]!;
  const climbing = candidates.filter((c) => bench.trains(c.group));
  const ends = options.halving ? rungs(epochs, climbing.length) : [epochs];
  const trials = new Map<Candidate, SweepTrial[]>();
  const { run, close } = queued
    ? await queued.start(bench, signal, onProgress)
    : runner(bench, climbing.length * options.seeds.length, signal);

  const search = new Search(onProgress);
  const advance = async (field: readonly Candidate[], until: number): Promise<(number | null)[]> => {
    const at = ends.indexOf(until);
    const each = until - (ends[at - 1] ?? 0);
    const { length: seeds } = options.seeds;
    const total = field.length * seeds;
    const task = beginTask(onProgress, `fine-tuning to epoch ${until}`, total, "trials");
    let done = 0;
    const one = async (candidate: Candidate, seed: number): Promise<SweepTrial> => {
      const trial = await run({ ...candidate, seed }, until);
      await logs?.trained({ ...candidate, seed });
      const text = `epoch ${until}: ${nameOf(options, candidate)}, seed ${seed}: ${outcomeOf(trial, metric)}`;
      onProgress?.({ kind: "message", text });
      task.update(++done);
      if (bench.trains(candidate.group)) {
        search.expect(each + seeds * epochsLeft(ends, at, field.length, done / seeds, survivorsOf));
        search.trained(each);
      }
      return trial;
    };
    try {
      const all = field.map((candidate) => Promise.all(options.seeds.map((seed) => one(candidate, seed))));
      const found = await settled(all);
      field.forEach((candidate, i) => trials.set(candidate, found[i]!));
    } finally {
      task.end();
    }
    return field.map((candidate) => scoreAt(trials.get(candidate)!, until));
  };

  try {
    const ended = await successiveHalving(climbing, { rungs: ends, tau: (c) => c.tau, advance });
    const probedAlone = candidates.filter((c) => !bench.trains(c.group));
    if (probedAlone.length > 0) await advance(probedAlone, epochs);
    const reached = new Map(ended.map((e) => [e.candidate, e.epochs]));
    const trained = candidates.map((candidate): Trained => {
      const last = reached.get(candidate) ?? epochs;
      return { candidate, trials: trials.get(candidate)!, epochs: last, finished: last === epochs };
    });
    return { trained, ends };
  } finally {
    await close();
  }
}

/** The better half, rounded up, and the lowest tau. */
function survivorsOf(field: number): number {
  return Math.min(field, Math.ceil(field / 2) + 1);
}

/** All of them, or the first failure once none is under way any more: what they save is then whole. */
async function settled<T>(all: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(all);
  return Promise.all(all);
}

/** One trial at a time in this process with all threads, or several in processes of their own. */
function runner(bench: Workbench, trials: number, signal: AbortSignal): { run: RunSweepTrial; close(): void } {
  const { options } = bench;
  if (options.jobs === 1)
    return { run: limited(1, signal, (trial, epochs) => runTrial(bench, trial, epochs)), close() {} };
  const count = Math.max(1, Math.min(options.jobs, trials, roomFor()));
  return startPool(options, count, threadsPerTrial(options), signal);
}

async function rowsOf(bench: Workbench, trained: readonly Trained[]): Promise<SweepRow[]> {
  const { groups, seeds } = bench.options;
  const rows: SweepRow[] = [];
  for (const { candidate, trials, epochs, finished } of trained) {
    const { method, head, smoothing } = groups[candidate.group]!;
    const stops = await Promise.all(seeds.map((seed) => bench.stop({ ...candidate, seed })));
    const mean = (values: number[]): number => meanAndSpread(values).mean;
    const accuracies = scoresAt(trials, epochs);
    rows.push({
      method,
      head,
      smoothing,
      tau: candidate.tau,
      learningRate: candidate.learningRate,
      probeValidationScore: mean(stops.map((stop) => stop.validationScore!)),
      energy: mean(stops.map((stop) => stop.energy)),
      headNorm: mean(stops.map((stop) => stop.headNorm)),
      status: statusOf(trials, accuracies !== null, finished),
      epochs,
      ...(accuracies ? meanAndSpread(accuracies) : { mean: null, spread: null }),
      trials,
      againstBest: null,
    });
  }
  return rows;
}

function statusOf(trials: readonly SweepTrial[], scored: boolean, finished: boolean): SweepRow["status"] {
  if (!scored) return "diverged";
  if (trials.some((trial) => trial.collapsed)) return "collapsed";
  return finished ? "finished" : "stopped";
}

async function conclude(
  bench: Workbench,
  trained: readonly Trained[],
  ends: number[],
  caller: Caller,
): Promise<SweepResults> {
  const { options, prepared } = bench;
  const job = prepared[0]!;
  const first = options.groups[0]!;
  const found = await rowsOf(bench, trained);
  const winner = bestOf(found);
  const { metric } = job.data.objective;
  const measurement = { metric, samples: job.data.validation.count };
  const rows = found.map((row) => ({ ...row, againstBest: winner ? againstBest(winner, row, measurement) : null }));
  const best = winner ? await exportBest(bench, trained[found.indexOf(winner)]!) : null;
  const results: SweepResults = {
    taskheadVersion: packageVersion(),
    createdAt: new Date().toISOString(),
    command: caller.commandLine,
    backbone: {
      file: shownPlace(first.backbone),
      parameters: job.network.whole.parameterCount,
      reinitialisedBlocks: first.reinitBlocks,
    },
    data: summaryOf(job),
    metric,
    options: { ...effectiveOptions(first, job), ...options.grid, ...(options.queue ? {} : { jobs: options.jobs }) },
    seeds: options.seeds,
    rungs: ends,
    rows,
    cost: costOf(trained, bench),
    best: best && { row: found.indexOf(winner!), ...best },
  };
  await writeJson(job.store, "results.json", results);
  await writeSides(job);
  if (results.best) await describeBest(bench, trained[results.best.row]!.candidate, results, results.best);
  const pictures = best && (await picturesOf({ best, labels: null }, job));
  if (pictures) await writeJson(job.store, picturesKey, pictures);
  await writeText(job.store, "report.html", sweepPage(results, pictures));
  return results;
}

/** Of the best candidate's seeds the one with the highest validation score, scored once on test images. */
async function exportBest(bench: Workbench, { candidate, trials }: Trained): Promise<Omit<SweepBest, "row">> {
  const { seed, bestEpoch, bestValidationScore } = trials.reduce((a, b) =>
    b.bestValidationScore! > a.bestValidationScore! ? b : a,
  );
  const trial = { ...candidate, seed };
  const winner = {
    stop: await bench.stop(trial),
    weights: await bestWeights(bench.storeOf(trial)),
    epoch: bestEpoch!,
    validationScore: bestValidationScore!,
  };
  const { before } = await bench.probed(candidate.group, seed);
  const { tau: _, ...best } = await scoreWinner(bench.prepared[candidate.group]!, winner, before, packageVersion());
  return { ...best, seed };
}

/** The card of the exported model: what one of a `tune` run has, and among how many it was chosen. */
async function describeBest(
  bench: Workbench,
  candidate: Candidate,
  { taskheadVersion, data, metric, rows, backbone, seeds }: SweepResults,
  best: SweepBest,
): Promise<void> {
  const { tau, learningRate } = candidate;
  const group = bench.options.groups[candidate.group]!;
  const job = bench.prepared[candidate.group]!;
  const { energy } = await bench.stop({ ...candidate, seed: best.seed });
  await writeModelCard(job, group.backbone, {
    taskheadVersion,
    data,
    metric,
    backbone: { ...backbone, width: job.network.backbone.width },
    options: { ...effectiveOptions(group, job), seed: best.seed },
    method: group.method,
    rows: [{ tau, bestEpoch: best.epoch, energy, learningRate }],
    blends: null,
    best: { ...best, tau },
    chosenAmong: `${plural(rows.length, "candidate")}${seeds.length > 1 ? `, and of its ${plural(seeds.length, "seed")}` : ""}`,
  });
}

function costOf(trained: readonly Trained[], bench: Workbench): SweepResults["cost"] {
  const { groups, seeds } = bench.options;
  const images = bench.prepared[0]!.data.train.count;
  const epochs = trained.flatMap(({ trials }) => trials.map((trial) => trial.epochs));
  const climbing = trained.filter(({ candidate }) => bench.trains(candidate.group)).length;
  return {
    imageSteps: images * epochs.reduce((a, b) => a + b, 0),
    fullGrid: images * climbing * seeds.length * groups[0]!.epochs,
  };
}

function nameOf({ groups }: SweepOptions, { group, tau, learningRate }: Candidate): string {
  const { method, head, smoothing } = groups[group]!;
  return `${method}, ${head} head, smoothing ${smoothing}, ${nameOfStart(tau)}, rate ${learningRate ?? "none"}`;
}

function outcomeOf({ diverged, collapsed, epochs, bestValidationScore }: SweepTrial, metric: Metric): string {
  if (diverged) return `diverged in epoch ${epochs}`;
  return formatScore(bestValidationScore, metric) + (collapsed ? ", then collapsed" : "");
}
