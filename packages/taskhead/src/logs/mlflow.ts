import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stringify } from "yaml";
import { writeFileAtomic } from "../files/atomic.js";
import { makeFolder } from "../files/make-folder.js";
import { sha256 } from "../files/sha256.js";
import { Additions } from "./additions.js";
import { append, put } from "./append.js";
import { latest, type LoggedRun, type LogWriter } from "./logged-run.js";

/** MLflow's numbers of them. */
const statuses = { running: 1, finished: 3, failed: 4 } as const;
const local = 4;

/** The default experiment. */
const experiment = "0";

/**
 * A folder for `mlflow ui --backend-store-uri`, in the layout of MLflow's file store: a run's settings and curves as a file each.
 *
 *     0/meta.yaml
 *     0/<run>/meta.yaml
 *     0/<run>/params/<name>     the value
 *     0/<run>/metrics/<name>    a line for each point: milliseconds, value, step
 *     0/<run>/tags/<name>  0/<run>/artifacts/
 */
export function mlflowWriter(folder: string, identity: string): LogWriter {
  const known = new Map<string, Additions>();
  const root = join(folder, experiment);
  return {
    write(run) {
      const additions = known.get(run.name) ?? new Additions();
      if (known.size === 0) writeExperiment(root, run.began);
      known.set(run.name, additions);
      const id = sha256(JSON.stringify([identity, run.name])).slice(0, 32);
      const at = join(root, id);
      const { afresh, points } = additions.next(run);
      if (afresh) begin(at, run);
      for (const [name, lines] of linesOf(points)) append(join(at, "metrics", name), lines);
      // Last: what says that a run is finished comes after what it finished with.
      if (afresh || run.ended) writeFileAtomic(join(at, "meta.yaml"), metaOf(id, at, run));
    },
  };
}

/** Once: people may have named it since. */
function writeExperiment(root: string, began: number): void {
  const file = join(root, "meta.yaml");
  if (existsSync(file)) return;
  const meta = {
    artifact_location: pathToFileURL(root).href,
    creation_time: Math.round(began),
    experiment_id: experiment,
    last_update_time: Math.round(began),
    lifecycle_stage: "active",
    name: "Default",
  };
  writeFileAtomic(file, stringify(meta));
}

/** What people added in MLflow, notes and tags, stays. */
function begin(at: string, { name, parameters }: LoggedRun): void {
  for (const part of ["metrics", "params"]) rmSync(join(at, part), { recursive: true, force: true });
  for (const part of ["metrics", "artifacts"]) makeFolder(join(at, part));
  for (const [parameter, value] of Object.entries(parameters)) put(join(at, "params", parameter), String(value));
  const tags = { "mlflow.runName": name, "mlflow.source.name": "taskhead", "mlflow.source.type": "LOCAL" };
  for (const [tag, value] of Object.entries(tags)) put(join(at, "tags", tag), value);
}

/** Lines to append, by metric. */
function linesOf(points: LoggedRun["points"]): Map<string, string> {
  const lines = new Map<string, string>();
  for (const { step, time, values } of points)
    for (const [name, value] of Object.entries(values))
      lines.set(name, `${lines.get(name) ?? ""}${Math.round(time)} ${value} ${step}\n`);
  return lines;
}

function metaOf(id: string, at: string, run: LoggedRun): string {
  return stringify({
    artifact_uri: pathToFileURL(join(at, "artifacts")).href,
    end_time: run.ended ? Math.round(latest(run)) : null,
    entry_point_name: "",
    experiment_id: experiment,
    lifecycle_stage: "active",
    run_id: id,
    run_name: run.name,
    source_name: "",
    source_type: local,
    source_version: "",
    start_time: Math.round(run.began),
    status: statuses[run.ended ?? "running"],
    tags: [],
    user_id: "",
  });
}
