import type { TuneEvent } from "@taskhead/core";
import type { RunStore } from "@taskhead/core/internals";
import { PassingError, UserError } from "../../files/errors.js";
import { systemFault } from "../../files/system-errors.js";
import { asFlags } from "../../options/rephrase.js";
import type { TuneOptions } from "../../options/table.js";
import { InterruptedError } from "../../run/interrupted.js";
import { loadRuntime } from "../../runtime/runtime.js";
import { openStore, type SharedStore } from "../../store/open-store.js";
import { runTrial } from "../run-trial.js";
import { Workbench } from "../workbench.js";
import { optionsOf, type Payload, type placeNames } from "./payload.js";
import { readResult, writeResult } from "./results.js";
import { joinRun } from "./runs.js";
import { takenFeatures } from "./shared-features.js";

/**
 * A process of a worker, which runs a trial at a time. The runtime blocks its event loop while it computes; the worker's own
 * stays free to tell the queue that it is alive.
 */

/** What goes to the process of a trial. */
export type Request = { stop: true } | { open: Opening } | Asked;

/** A sweep, with what it stands on. */
export interface Opening {
  payload: Payload;
  /** Of data and models on this machine. */
  paths: Pick<TuneOptions, (typeof placeNames)[number] | "ood">;
  own: Pick<TuneOptions, "memory" | "cache" | "out">;
  /** Its address, which never stands on a command line. */
  store: string;
}

/** A trial of one. */
export interface Asked extends Opening {
  job: string;
}

/** What comes back: how much is done; in the end one of the others. */
export type Reply =
  | { done: number }
  | { finished: true }
  | { interrupted: true }
  /** This worker cannot run the trial, another may. */
  | { refused: string }
  /** `user`: no worker can. */
  | { failed: string; user: boolean };

/** The data and networks of a sweep. */
interface Bench {
  bench: Workbench;
  trials: RunStore;
}

const stop = new AbortController();
let open: Promise<Bench> | undefined;
let openKey = "";
let shared: Promise<SharedStore> | undefined;
let working: Asked | undefined;
let toldAt = 0;

// Ctrl-C reaches the whole group of processes; the worker says what becomes of the trials.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
// Also when the worker was killed: what is saved is enough to go on from.
process.on("disconnect", () => process.exit());
process.on("message", (request: Request) => {
  if ("stop" in request) stop.abort(new InterruptedError());
  else if ("job" in request) void answer(request);
  // What is wrong is said of the first trial.
  else void benchFor(request.open).catch(() => {});
});

// Its first sweep finds it loaded. What is wrong is said of the first trial.
loadRuntime().catch(() => {});

function reply(message: Reply): void {
  if (process.connected) process.send!(message);
}

async function answer(asked: Asked): Promise<void> {
  working = asked;
  const rephrased = <T>(work: () => Promise<T>): Promise<T> => asFlags(asked.paths.backbone, work);
  let bench: Bench;
  try {
    bench = await rephrased(() => benchFor(asked));
  } catch (error) {
    return reply(error instanceof UserError ? { refused: error.message } : failure(error));
  }
  reply(await rephrased(() => train(asked, bench)).catch(failure));
}

/** All trials of a sweep share one; that of another sweep is let go. */
async function benchFor({ payload, paths, own, store }: Opening): Promise<Bench> {
  const key = JSON.stringify([payload.run, payload.groups[0]]);
  if (open && openKey === key) return open;
  await open?.then(({ bench }) => bench.close()).catch(() => {});
  openKey = key;
  const options = optionsOf(payload, paths, own);
  open = openBench({ ...options, groups: options.groups.slice(0, 1) }, payload, store);
  // Asked again, it may open.
  open.catch(() => (open = undefined));
  return open;
}

async function openBench(
  options: ReturnType<typeof optionsOf>,
  { run, contents }: Payload,
  address: string,
): Promise<Bench> {
  // One for the life of the process: a worker has one.
  shared ??= openStore(address);
  const { store } = await shared.catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  let trials: RunStore | undefined;
  const bench = await Workbench.open(
    options,
    { onProgress: tell, signal: stop.signal },
    options.groups[0]!.threads,
    async (_, configuration) => {
      trials = await joinRun(store, run, configuration, contents);
      return { results: trials, trials, features: takenFeatures(store) };
    },
  );
  return { bench, trials: trials! };
}

async function train({ job, payload, paths, own }: Asked, { bench, trials }: Bench): Promise<Reply> {
  // Another worker may have been done with it when it was taken for dead.
  if (await readResult(trials, job)) return { finished: true };
  const group = await bench.admit(optionsOf(payload, paths, own).groups[payload.trial.group]!);
  const trial = { ...payload.trial, group };
  await writeResult(trials, job, await runTrial(bench, trial, payload.epochs, false));
  return { finished: true };
}

/** What was damaged is told on standard error; how far a trial is, now and then, to the queue. */
function tell(event: TuneEvent): void {
  if (event.kind === "message" && event.damaged) process.stderr.write(`${event.text}\n`);
  if (event.kind !== "progress" || event.unit !== "steps" || !working || Date.now() - toldAt < 1000) return;
  toldAt = Date.now();
  const { groups, trial, epochs } = working.payload;
  const whole = Number(groups[trial.group]!.epochs);
  reply({ done: Math.min(1, ((event.done / event.total) * whole) / epochs) });
}

function failure(error: unknown): Reply {
  if (error instanceof InterruptedError) return { interrupted: true };
  const failed = error instanceof Error ? error.message : String(error);
  // A full disk, or a folder or server that is away, is one of this machine's, and may pass.
  const passing =
    error instanceof PassingError || (error instanceof UserError && systemFault(error.cause) !== undefined);
  return {
    failed: error instanceof UserError ? failed : `unexpected: ${failed}`,
    user: error instanceof UserError && !passing,
  };
}
