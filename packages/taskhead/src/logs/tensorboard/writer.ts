import { readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { Additions } from "../additions.js";
import { append } from "../append.js";
import { latest, type LoggedPoint, type LoggedRun, type LogWriter } from "../logged-run.js";
import { markdown, scalar, startEvent, summaryEvent, versionEvent } from "./events.js";
import { sessionEnd, sessionStart } from "./hparams.js";
import { tfRecord } from "./records.js";

/** What a file of events is called; a program that finds another in the folder takes it for the same run. */
const prefix = "events.out.tfevents.";

/** Files of this process so far, which tells those of one second apart. */
let files = 0;

/** A run's file of events. */
interface EventFile {
  path: string;
  additions: Additions;
  ended: boolean;
}

/**
 * A folder for `tensorboard --logdir`, in which each run has one of its own. A run that goes on in another process, or begins
 * again, gets a new file with all of it, whose first event tells a TensorBoard that has read the old one to forget that.
 */
export function tensorboardWriter(folder: string): LogWriter {
  const known = new Map<string, EventFile>();
  return {
    write(run) {
      const at = join(folder, run.name);
      const file = known.get(run.name) ?? { path: "", additions: new Additions(), ended: false };
      known.set(run.name, file);
      const { afresh, points } = file.additions.next(run);
      if (afresh) {
        file.path = join(at, `${prefix}${secondsOf(Date.now(), 0)}.${hostname()}.${process.pid}.${files++}`);
        file.ended = false;
      }
      const events = [...(afresh ? opening(run) : []), ...points.map(pointEvent)];
      if (run.ended && !file.ended) events.push(...closing(run, run.ended));
      file.ended = run.ended !== null;
      if (events.length > 0) append(file.path, Buffer.concat(events.map(tfRecord)));
      if (afresh) removeOthers(at, basename(file.path));
    },
  };
}

/** What an earlier process, or an earlier beginning, wrote: the new file has it all. */
function removeOthers(folder: string, own: string): void {
  for (const name of readdirSync(folder))
    if (name.startsWith(prefix) && name !== own) rmSync(join(folder, name), { force: true });
}

function opening({ kind, began, parameters }: LoggedRun): Uint8Array[] {
  const seconds = secondsOf(began);
  const start = { seconds, step: 0 };
  const session = kind === "trial" ? [sessionStart(parameters, seconds)] : [];
  return [
    versionEvent(seconds, "taskhead"),
    startEvent(start),
    summaryEvent(start, [...session, markdown("settings", tableOf(parameters))]),
  ];
}

function pointEvent({ step, time, values }: LoggedPoint): Uint8Array {
  return summaryEvent(
    { step, seconds: secondsOf(time) },
    Object.entries(values).map(([name, value]) => scalar(name, value)),
  );
}

function closing(run: LoggedRun, ended: "finished" | "failed"): Uint8Array[] {
  if (run.kind !== "trial") return [];
  const seconds = secondsOf(latest(run));
  return [summaryEvent({ seconds, step: run.points.at(-1)?.step ?? 0 }, [sessionEnd(ended, seconds)])];
}

function tableOf(parameters: LoggedRun["parameters"]): string {
  const cell = (value: unknown): string => String(value).replaceAll("|", "\\|");
  const rows = Object.entries(parameters).map(([name, value]) => `| ${cell(name)} | ${cell(value)} |`);
  return ["| setting | value |", "| --- | --- |", ...rows].join("\n");
}

function secondsOf(milliseconds: number, digits = 3): number {
  return Number((milliseconds / 1000).toFixed(digits));
}
