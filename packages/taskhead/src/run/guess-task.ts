import type { ObjectiveName } from "@taskhead/core/internals";
import type { GuessedTask } from "../data/tables/usual-task.js";
import { UserError } from "../files/errors.js";
import { keptTask } from "../options/kept.js";
import type { TuneOptions } from "../options/options.js";

/** Options as they were given, by name. */
interface Given {
  readonly task?: unknown;
  readonly from?: unknown;
}

/** Tasks besides the usual one, for which options may be meant as long as nobody has looked at the samples. */
const others: readonly ObjectiveName[] = ["multi-label", "regression", "token-classification", "segmentation"];

/**
 * Reads options before the samples are looked at, which may say the task: they are good if they are for one of the tasks.
 * @param read throws on what is wrong with options
 * @throws what `read` does, if it does for every task; of the usual one then
 */
export function readForSome<G extends Given, T>(given: G, read: (given: G) => T): T {
  return readings(given, read).options;
}

/**
 * Reads options, with the task that they lack: that of the run which goes on, else what the training samples say. A job that goes
 * on from another run has the task of that.
 * @param read throws on what is wrong with options
 * @param jobOf one of the jobs that they are for, which differ neither in samples nor in model
 * @returns and what the task was taken from, a sentence; absent where nothing else can be meant
 * @throws what `read` does; where the task was not said, with what it was taken from
 */
export async function withTask<G extends Given, T>(
  given: G,
  read: (given: G) => T,
  jobOf: (options: T) => TuneOptions,
): Promise<{ options: T; said?: string }> {
  const { options, assumed } = readings(given, read);
  const job = jobOf(options);
  const isSaid = saysTask(given) || (assumed === undefined && job.task !== "classification");
  const guess = isSaid ? undefined : await taskOf(job);
  if (guess) return { options: readAs(guess, given, read), ...(guess.said === undefined ? {} : { said: guess.said }) };
  return { options: assumed === undefined ? options : read(given) };
}

/** @returns options with the task that was assumed for them to be read; none of those that are good without */
function readings<G extends Given, T>(given: G, read: (given: G) => T): { options: T; assumed?: ObjectiveName } {
  try {
    return { options: read(given) };
  } catch (error) {
    for (const assumed of saysTask(given) ? [] : others)
      try {
        return { options: read({ ...given, task: assumed }), assumed };
      } catch {
        // Said is what is wrong with them where nobody assumes anything.
      }
    throw error;
  }
}

function saysTask({ task, from }: Given): boolean {
  return task !== undefined || from !== undefined;
}

/** @throws what `read` does, with what the task was taken from: nobody has typed it */
function readAs<G extends Given, T>({ task, said }: GuessedTask<ObjectiveName>, given: G, read: (given: G) => T): T {
  try {
    return read({ ...given, task });
  } catch (error) {
    if (!(error instanceof UserError) || said === undefined) throw error;
    throw new UserError(`${error.message} (${said})`, { cause: error });
  }
}

/** @returns undefined where samples have but one task, or cannot be read, which is said where they are */
async function taskOf(job: TuneOptions): Promise<GuessedTask<ObjectiveName> | undefined> {
  const { train, out } = job;
  const begun = keptTask(out);
  if (begun === "classification") return { task: begun };
  if (begun !== undefined) return { task: begun, said: `goes on with --task ${begun}, as the run in ${out} began` };
  const { kindOf } = await import("./kinds.js");
  const kind = await kindOf(job);
  try {
    return await kind.guess?.(train, job);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
