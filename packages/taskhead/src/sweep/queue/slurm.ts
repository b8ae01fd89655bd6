import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../files/atomic.js";
import { withoutCredentials } from "../../files/credentials.js";
import { UserError } from "../../files/errors.js";
import { queueVariable } from "./kinds.js";

export interface SlurmJob {
  workers: number;
  /** Address of the store. */
  store: string;
  /** Of each trial. */
  threads: number;
}

const program = fileURLToPath(new URL("../../../bin/taskhead.js", import.meta.url));

/** Trials are saved in the time between the warning and the end. */
const secondsToSave = 120;

/** Workers go once the queue has been empty for so long: between rungs it is, for a moment. */
const secondsIdle = 300;

/**
 * An array job of workers. It holds no password: the queue's address comes from the environment that sbatch is called in.
 * What it asks of a node is added on the command line of sbatch: --cpus-per-task, --time, --partition.
 */
export function slurmScript(out: string, { workers, store, threads }: SlurmJob): string {
  const worker = ["node", quoted(program), "worker", "--store", quoted(store), "--idle", String(secondsIdle)];
  return `#!/bin/bash
#SBATCH --job-name=taskhead
#SBATCH --array=1-${workers}
#SBATCH --cpus-per-task=${threads}
#SBATCH --requeue
#SBATCH --signal=B:TERM@${secondsToSave}
#SBATCH --output="${inPattern(out)}/slurm-%A-%a.log"
set -euo pipefail
: "\${${queueVariable}:?set it to the address of the queue, redis://host:6379, before sbatch}"
cpus=\${SLURM_CPUS_PER_TASK:-${threads}}
concurrency=$((cpus < ${threads} ? 1 : cpus / ${threads}))
exec ${worker.join(" ")} --concurrency "$concurrency"
`;
}

/** @returns the file @throws {UserError} if the store's address has a password, which would stand in it */
export function writeSlurmJob(out: string, job: SlurmJob): string {
  if (withoutCredentials(job.store) !== job.store)
    throw new UserError("--slurm writes the address of --store into a file; give a store without a password");
  const file = join(out, "workers.sbatch");
  writeFileAtomic(file, slurmScript(out, job));
  return file;
}

/** What starts it, as a person types it. */
export function sbatchOf(file: string): string {
  return `sbatch ${/[^\w./-]/.test(file) ? quoted(file) : file}`;
}

/** Within double quotes of a line of sbatch's, where `%` begins what is replaced. */
function inPattern(path: string): string {
  return path.replaceAll(/["\\]/g, "\\$&").replaceAll("%", "%%");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
