import { join } from "node:path";
import type { Settings } from "@taskhead/core/settings";
import { readRegular } from "../files/open-regular.js";
import { optionTable, type NodeDevice } from "./table.js";

/**
 * The threads that the run in a folder began with. Sums come out otherwise with another number, so a run that nobody gave
 * one goes on with its own, whatever cores a machine has.
 * @returns undefined if there is no run; what its file should be is said by who opens it
 */
export function keptThreads(out: string): number | undefined {
  const threads = Number(kept(out, "--threads"));
  return Number.isInteger(threads) && threads > 0 ? threads : undefined;
}

/** The device that the run in a folder began on, likewise; a run on the processor says none. */
export function keptDevice(out: string): NodeDevice | undefined {
  const device = kept(out, "--device");
  return typeof device === "string" ? (device as NodeDevice) : undefined;
}

/** The task that it began with, likewise: what samples are taken for may be another one by now. */
export function keptTask(out: string): Settings["task"] | undefined {
  const reading = optionTable.task.kind.check(kept(out, "--task"));
  return "value" in reading ? reading.value : undefined;
}

/** The commit that it began with of what was asked for on the hub, likewise: a branch may have moved since. */
export function keptCommit(out: string, asked: string): string | undefined {
  const commit = kept(out, commitOf(asked));
  return typeof commit === "string" ? commit : undefined;
}

/** What a run's commits are called in its configuration. */
export function commitOf(asked: string): string {
  return `the commit of ${asked}`;
}

/** Whether there is a run in a folder. */
export function isBegun(out: string): boolean {
  return kept(out, "--threads") !== undefined;
}

function kept(out: string, name: string): unknown {
  try {
    const run = JSON.parse(readRegular(join(out, "run.json")).toString()) as {
      configuration?: Record<string, unknown>;
    } | null;
    return run?.configuration?.[name];
  } catch {
    return undefined;
  }
}
