import { existsSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "@taskhead/core";
import { claim, DamagedError, type Configuration } from "@taskhead/core/internals";
import { UserError } from "../files/errors.js";
import { isTemporary } from "../files/atomic.js";
import { makeFolder } from "../files/make-folder.js";
import { systemFault } from "../files/system-errors.js";
import { folderStore } from "../store/folder-store.js";

/** Under which key of a run's store is what it was asked for. */
export const runKey = "run.json";

/** Under which key of a run's store the gallery's pictures are, so that its report can be written again without the samples. */
export const picturesKey = "pictures.json";

/** Under which key of a run's store the marks of its samples are. */
export const sidesKey = "samples.json";

/**
 * Opens the folder of a run:
 *
 *     run.json                       what was asked for; another configuration may not use the folder
 *     probe.safetensors probe.json   the head at every tau, and its measures
 *     probed.json                    what probing alone found, as results without a run
 *     labels-to-check.json           training labels that look wrong; .csv is for people
 *     batchnorm-shift.json           how far features move by batch statistics alone, where these are trained
 *     tau-<t>/rate.json              what the range tests of --lr auto found, at the middle tau
 *     tau-<t>/metrics.jsonl          one line per epoch; t is a number, `converged`, `converged-0` or `energy-0.5`
 *     tau-<t>/trace.safetensors      loss, rate and gradient norm of every step, for logs
 *     tau-<t>/checkpoint.safetensors where an unfinished run continues
 *     tau-<t>/best.safetensors       weights of the best epoch
 *     tau-<t>/result.json            present when the run from this tau is finished
 *     blends.json                    scores of averaged weights
 *     results.json report.html model/
 *     fold-<i>/                      of --folds: the run that fold i validates, a folder like this one
 *     samples.json                   marks of the samples that it was trained and validated on
 *     pictures.json                  small copies of the images that the report shows
 *     logs/                          what --log asks for
 *
 * What is read back has its seal in it (core's `seal.ts`): metrics.jsonl and report.html are not, and have none; the files
 * of model/ have theirs in model/taskhead.json. What comes before results.json is computed again where it is damaged.
 *
 * @throws {UserError} if the folder belongs to another configuration, or is none of ours
 */
export async function openRunFolder(path: string, configuration: Configuration): Promise<Store> {
  return (await claimRunFolder(path, configuration)).store;
}

/** A run's folder, and what became of it as it was opened. */
interface ClaimedFolder {
  readonly store: Store;
  /** Whether it was no run's before. */
  readonly isNew: boolean;
  /** Whether it was not there before. */
  readonly isMade: boolean;
}

/** As `openRunFolder` does it. */
export async function claimRunFolder(path: string, configuration: Configuration): Promise<ClaimedFolder> {
  const isMade = !existsSync(path);
  try {
    makeFolder(path);
  } catch (error) {
    throw new UserError(`--out ${path} cannot be made: ${systemFault(error) ?? (error as Error).message}`);
  }
  const store = folderStore(path);
  // A run that was killed as it began may have left a part of run.json.
  const others = (await readdir(path)).filter((name) => !name.startsWith(".") && !isTemporary(name));
  if (others.length > 0 && !others.includes(runKey))
    throw new UserError(`--out ${path} is not empty and not a run folder (it holds ${others[0]}); give another --out`);
  await removeLeftOver(path);
  const remedy = "give another --out, or delete that folder";
  const claimed = await claim(store, configuration).catch((error: unknown) => {
    throw error instanceof DamagedError ? new UserError(`${error.key}: ${error.reason}; ${remedy}`) : error;
  });
  if ("difference" in claimed)
    throw new UserError(`--out ${path} belongs to another configuration: ${claimed.difference}; ${remedy}`);
  return { ...claimed, isMade };
}

/** A file takes seconds to be written: one that is still unfinished then is of a run that was killed. */
const hoursUnfinished = 1;

/** Of runs that were killed while they wrote a checkpoint, which may be large. */
async function removeLeftOver(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !isTemporary(entry.name)) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    // Another process may remove it, too.
    const since = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (since > 3_600_000 * hoursUnfinished) await rm(file, { force: true });
  }
}
