import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../files/make-folder.js";
import { sha256 } from "../../files/sha256.js";
import { packageVersion } from "../../files/version.js";
import { Additions } from "../additions.js";
import { append } from "../append.js";
import { latest, type LoggedPoint, type LogWriter } from "../logged-run.js";
import type { Field } from "../message.js";
import { exitRecord, headerRecord, historyRecord, record, runRecord, summaryRecord } from "./messages.js";
import { fileHeader, logRecord } from "./records.js";

/** A run's file, to which records are added. */
interface RunFile {
  path: string;
  additions: Additions;
  /** Records in it. */
  count: number;
  size: number;
  ended: boolean;
}

/**
 * A folder whose runs `wandb sync` takes, each in a folder of its own: `offline-run-<time>-<id>/run-<id>.wandb`. A run that goes
 * on in another process is written anew under its id, so that W&B knows it for the same.
 * @param identity of what the runs belong to, for their ids @param group a name for it
 */
export function wandbWriter(folder: string, identity: string, group: string): LogWriter {
  const known = new Map<string, RunFile>();
  return {
    write(given) {
      const run = { ...given, points: rowsOf(given.points) };
      const file = known.get(run.name) ?? { path: "", additions: new Additions(), count: 0, size: 0, ended: false };
      known.set(run.name, file);
      const id = idOf(identity, run.name);
      // A row is written once: more may be known of the last one while the run goes on.
      const { afresh, points } = file.additions.next(run, run.ended ? run.points.length : run.points.length - 1);
      const records: Field[] = points.map((point) => historyRecord(point, run.began));
      if (afresh) {
        records.unshift(headerRecord(packageVersion()), runRecord(id, run, group));
        Object.assign(file, { path: newFile(folder, id, run.began), count: 0, size: 0, ended: false });
      }
      if (run.ended && !file.ended) {
        file.ended = true;
        records.push(summaryRecord(run), exitRecord(run.ended, (latest(run) - run.began) / 1000));
      }
      add(file, records);
    },
  };
}

function add(file: RunFile, records: readonly Field[]): void {
  const parts = file.size === 0 ? [fileHeader] : [];
  let size = file.size + (parts[0]?.length ?? 0);
  for (const content of records) {
    const next = logRecord(record(++file.count, content), size);
    parts.push(next);
    size += next.length;
  }
  if (parts.length > 0) append(file.path, Buffer.concat(parts));
  file.size = size;
}

/** The place of a run's file, where there is none any more. */
function newFile(folder: string, id: string, began: number): string {
  makeFolder(folder);
  for (const name of readdirSync(folder))
    if (name.startsWith("offline-run-") && name.endsWith(`-${id}`) && statSync(join(folder, name)).isDirectory())
      rmSync(join(folder, name), { recursive: true, force: true });
  const time = new Date(began).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_");
  const own = join(folder, `offline-run-${time}-${id}`);
  // Where `wandb sync` puts the summary on its way.
  makeFolder(join(own, "files"));
  return join(own, `run-${id}.wandb`);
}

/** Eight letters and digits, as W&B makes them. */
function idOf(identity: string, name: string): string {
  const hash = BigInt(`0x${sha256(JSON.stringify([identity, name]))}`);
  return hash.toString(36).slice(0, 8);
}

/** All that is known of a step in one row, as W&B takes steps to rise from row to row. */
function rowsOf(points: readonly LoggedPoint[]): LoggedPoint[] {
  const rows: LoggedPoint[] = [];
  for (const point of points) {
    const last = rows.at(-1);
    if (last?.step !== point.step) rows.push(point);
    else rows[rows.length - 1] = { ...point, values: { ...last.values, ...point.values } };
  }
  return rows;
}
