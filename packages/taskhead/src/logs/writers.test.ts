import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readMlflow, readTensorboard, readWandb, type Logged } from "../../test/read-logs.js";
import { logFormats } from "./formats.js";
import type { LoggedRun } from "./logged-run.js";
import { openWriters } from "./writers.js";

const began = Date.UTC(2026, 0, 2, 3, 4, 5, 250);

/** So many steps. @param anew another loss, by so much */
function runOf(steps: number, given: Partial<LoggedRun> = {}, anew = 0): LoggedRun {
  const points = Array.from({ length: steps }, (_, i) => ({
    step: i + 1,
    time: began + 1000 * i,
    values: { "train/loss": 1 / (i + 1) + anew },
  }));
  return { name: "tau-4", kind: "trial", began, parameters: { tau: 4, head: "linear" }, points, ended: null, ...given };
}

const over = (run: LoggedRun): LoggedRun => ({
  ...run,
  ended: "finished",
  points: [...run.points, { ...run.points.at(-1)!, values: { "validation/accuracy": 0.5 } }],
});

const curve = (steps: number, anew = 0): Logged[] =>
  runOf(steps, {}, anew).points.map(({ step, values }): Logged => ["tau-4", "train/loss", step, values["train/loss"]!]);

const end: Logged = ["tau-4", "validation/accuracy", 4, 0.5];

/** As single precision has it. */
const single = (all: Logged[]): Logged[] =>
  all.map(([run, name, step, value]) => [run, name, step, Math.fround(value)]);

describe("logs", () => {
  let out: string;
  beforeEach(async () => void (out = await mkdtemp(join(tmpdir(), "taskhead-logs-"))));
  afterEach(() => rm(out, { recursive: true, force: true }));

  const read = () => ({
    tensorboard: readTensorboard(join(out, "logs/tensorboard")),
    mlflow: readMlflow(join(out, "logs/mlruns")),
    wandb: readWandb(join(out, "logs/wandb")),
  });

  test("grow with a run, and say when it is over", () => {
    const writer = openWriters(logFormats, out);
    writer.write(runOf(2));
    writer.write(runOf(2));
    writer.write(runOf(4));
    const now = read();
    expect(now.tensorboard.scalars).toEqual(single(curve(4)));
    expect(now.mlflow).toEqual(curve(4));
    // More may become known of the last step, and a row is written once.
    expect(now.wandb).toMatchObject({ history: curve(3), ended: [] });
    writer.write(over(runOf(4)));
    const { tensorboard, mlflow, wandb } = read();
    expect(tensorboard.scalars).toEqual([...single(curve(4)), end]);
    expect(tensorboard.others).toEqual(["tau-4: _hparams_/session_start_info", "tau-4: settings/text_summary", "tau-4: _hparams_/session_end_info"]); // prettier-ignore
    expect(tensorboard.files).toHaveLength(1);
    expect(mlflow).toEqual([...curve(4), end]);
    expect(wandb).toEqual({ history: [...curve(4), end], ended: ["tau-4"], files: 1 });
  });

  test("hold a run once, whatever an earlier process left of it, cut short or past where it goes on", async () => {
    openWriters(logFormats, out).write(over(runOf(6)));
    const [name] = await readdir(join(out, "logs/tensorboard/tau-4"));
    const file = join(out, "logs/tensorboard/tau-4", name!);
    await writeFile(file, (await readFile(file)).subarray(0, -5));
    const before = await readdir(join(out, "logs/wandb"));
    const writer = openWriters(logFormats, out);
    writer.write(runOf(3));
    writer.write(over(runOf(4)));
    const { tensorboard, mlflow, wandb } = read();
    expect(tensorboard.scalars).toEqual([...single(curve(4)), end]);
    expect(tensorboard.files).toHaveLength(1);
    // Another file, as a TensorBoard that has read the old one to its end does not look at its beginning again.
    expect(tensorboard.files[0]).not.toContain(name);
    expect(mlflow).toEqual([...curve(4), end]);
    expect(wandb).toEqual({ history: [...curve(4), end], ended: ["tau-4"], files: 1 });
    // To W&B and MLflow it is the same run.
    expect(await readdir(join(out, "logs/wandb"))).toEqual(before);
  });

  test("hold the attempt that stands, where a rate was lowered, with as many steps or fewer", () => {
    for (const steps of [4, 2]) {
      const writer = openWriters(logFormats, out);
      writer.write(runOf(4, { parameters: { tau: 4, learning_rate: 0.3 } }));
      writer.write(over(runOf(steps, { parameters: { tau: 4, learning_rate: 0.1 } }, 0.125)));
      const last: Logged = ["tau-4", "validation/accuracy", steps, 0.5];
      const { tensorboard, mlflow, wandb } = read();
      expect(tensorboard.scalars).toEqual([...single(curve(steps, 0.125)), last]);
      expect(mlflow).toEqual([...curve(steps, 0.125), last]);
      expect(wandb).toEqual({ history: [...curve(steps, 0.125), last], ended: ["tau-4"], files: 1 });
    }
  });

  test("keep runs apart by name, also those in folders, and what people noted in MLflow", async () => {
    const writer = openWriters(logFormats, out);
    for (const name of ["a/tau-0", "a/tau-0.5"]) writer.write(runOf(1, { name }));
    const [first] = (await readdir(join(out, "logs/mlruns/0"))).filter((name) => name.length === 32);
    await writeFile(join(out, "logs/mlruns/0", first!, "tags", "mlflow.note.content"), "mine");
    const again = openWriters(logFormats, out);
    for (const name of ["a/tau-0", "a/tau-0.5"]) again.write(runOf(2, { name }));
    const runs = (logged: Logged[]): string[] => [...new Set(logged.map(([run]) => run))];
    const { tensorboard, mlflow, wandb } = read();
    for (const logged of [tensorboard.scalars, mlflow, wandb.history]) expect(runs(logged)).toEqual(["a/tau-0", "a/tau-0.5"]); // prettier-ignore
    expect(await readFile(join(out, "logs/mlruns/0", first!, "tags", "mlflow.note.content"), "utf8")).toBe("mine");
  });

  test("are laid out as MLflow's own file store", async () => {
    openWriters(["mlflow"], out).write(over(runOf(2)));
    const root = join(out, "logs/mlruns/0");
    const [id] = (await readdir(root)).filter((name) => name.length === 32);
    const meta = async (path: string) => parse(await readFile(join(root, path, "meta.yaml"), "utf8")) as object;
    // As MLflow 3.17.2 wrote one, but for what newer versions add and older ones lack.
    expect(await meta(".")).toEqual({
      artifact_location: expect.stringMatching(/^file:\/\/\/.*\/mlruns\/0$/),
      creation_time: began,
      experiment_id: "0",
      last_update_time: began,
      lifecycle_stage: "active",
      name: "Default",
    });
    expect(await meta(id!)).toEqual({
      artifact_uri: expect.stringMatching(new RegExp(`^file:///.*/mlruns/0/${id}/artifacts$`)),
      end_time: began + 1000,
      entry_point_name: "",
      experiment_id: "0",
      lifecycle_stage: "active",
      run_id: id,
      run_name: "tau-4",
      source_name: "",
      source_type: 4,
      source_version: "",
      start_time: began,
      status: 3,
      tags: [],
      user_id: "",
    });
    expect(await readFile(join(root, id!, "params", "head"), "utf8")).toBe("linear");
    expect(await readFile(join(root, id!, "metrics", "train/loss"), "utf8")).toBe(`${began} 1 1\n${began + 1000} 0.5 2\n`); // prettier-ignore
    expect((await readdir(join(root, id!))).sort()).toEqual(["artifacts", "meta.yaml", "metrics", "params", "tags"]);
  });
});
