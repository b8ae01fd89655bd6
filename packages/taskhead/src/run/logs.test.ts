import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readMlflow, readTensorboard, readWandb, type Logged } from "../../test/read-logs.js";
import { drawStripes, tinyBackboneFile } from "../../test/stripes.js";
import { tuneOptions } from "../../test/tune-options.js";
import type { TuneResults } from "../report/index.js";
import { InterruptedError } from "./interrupted.js";
import { probeFolder, tuneFolder } from "./tune.js";

let root: string;
let logged: TuneResults;
const [epochs, batch, training] = [2, 8, 27];
const perEpoch = Math.ceil(training / batch);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-logged-"));
  await drawStripes(join(root, "data"), 12);
  await tinyBackboneFile(join(root, "tiny.onnx"));
  logged = await run("logged", "tensorboard,mlflow,wandb");
  return () => rm(root, { recursive: true, force: true });
});

const options = (out: string, log?: string) =>
  tuneOptions(root, out, {
    valFraction: "0.25",
    taus: "0.5,converged",
    epochs: String(epochs),
    batch: String(batch),
    test: join(root, "data"),
    ...(log === undefined ? {} : { log }),
  });

/** @param stopAt epochs of all starts together after which it is stopped */
async function run(out: string, log?: string, stopAt = Infinity): Promise<TuneResults> {
  const stop = new AbortController();
  let ended = 0;
  return tuneFolder(options(out, log), {
    commandLine: "taskhead tune",
    signal: stop.signal,
    onProgress(event) {
      if (event.kind === "message" && / epoch \d+\//.test(event.text) && ++ended === stopAt)
        stop.abort(new InterruptedError());
    },
  });
}

/** All that may differ between equal runs taken away. */
function timeless(results: TuneResults): unknown {
  const { out: _, log: __, ...others } = results.options;
  const rows = results.rows.map((row) => ({ ...row, seconds: 0 }));
  return { ...results, seal: undefined, createdAt: "", options: others, rows };
}

const at = (out: string, ...path: string[]): string => join(root, out, ...path);
const tensorboard = (out: string) => readTensorboard(at(out, "logs", "tensorboard"));
const curve = (all: Logged[], run: string, name: string): number[][] =>
  all.flatMap(([r, n, step, value]) => (r === run && n === name ? [[step, value]] : [])).sort((a, b) => a[0]! - b[0]!);

describe("the logs of a run", () => {
  it("change neither what it finds nor what it is", async () => {
    expect(timeless(await run("plain"))).toEqual(timeless(logged));
    expect(existsSync(at("plain", "logs"))).toBe(false);
    const configuration = async (out: string): Promise<unknown> =>
      (JSON.parse(await readFile(at(out, "run.json"), "utf8")) as { configuration: unknown }).configuration;
    expect(await configuration("plain")).toEqual(await configuration("logged"));
  });

  it("have every step, every epoch as the results have it, and what it came to, the same in all formats", () => {
    const { scalars, others } = tensorboard("logged");
    const precise = readMlflow(at("logged", "logs", "mlruns"));
    expect(scalars).toEqual(precise.map(([run, name, step, value]) => [run, name, step, Math.fround(value)]));
    const { history, ended } = readWandb(at("logged", "logs", "wandb"));
    expect(history).toEqual(precise);
    const names = ["probing", "probing-converged", "tau-0.5", "tau-converged"];
    expect(ended).toEqual(names);
    expect([...new Set(precise.map(([run]) => run))]).toEqual(names);

    const steps = epochs * perEpoch;
    for (const row of logged.rows) {
      const run = `tau-${row.tau}`;
      const of = (name: string): number[][] => curve(precise, run, name);
      expect(of("train/loss").map(([step]) => step)).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
      expect(of("train/learning_rate").map(([, rate]) => rate)).toEqual(Array<number>(steps).fill(0.01));
      expect(of("train/gradient_norm")).toHaveLength(steps);
      const each = (value: (epoch: (typeof row.epochs)[number]) => number | null): unknown[] =>
        row.epochs.map((epoch) => [epoch.epoch * perEpoch, value(epoch)]);
      expect(of("train/epoch_loss")).toEqual(each((epoch) => epoch.loss));
      expect(of("train/accuracy")).toEqual(each((epoch) => epoch.trainScore));
      expect(of("validation/loss")).toEqual(each((epoch) => epoch.validationLoss));
      expect(of("validation/accuracy")).toEqual(each((epoch) => epoch.validationScore));
      expect(of("validation/feature_cosine")).toEqual(each((epoch) => epoch.adaptation!.cosine));
      expect(of("start/energy")).toEqual([[steps, row.energy]]);
      expect(of("start/head_norm")).toEqual([[steps, row.headNorm]]);
      expect(of("train/feature_euclidean")).toEqual([[steps, row.euclidean]]);
      expect(of("best/validation_accuracy")).toEqual([[steps, row.bestValidationScore]]);
      expect(of("test/accuracy")).toEqual(row.tau === logged.best!.tau ? [[steps, logged.best!.testScore]] : []);
    }
    const stops = logged.probing.filter(({ tau }) => tau !== "converged");
    for (const [name, value] of [
      ["energy", "energy"],
      ["train_accuracy", "trainScore"],
      ["validation_accuracy", "validationScore"],
    ] as const)
      // prettier-ignore
      expect(curve(precise, "probing", `probing/${name}`)).toEqual(
        stops.map((stop) => [1000 * (stop.tau as number), stop[value]]),
      );
    expect(others.filter((text) => text.startsWith("tau-0.5: "))).toEqual(["tau-0.5: _hparams_/session_start_info", "tau-0.5: settings/text_summary", "tau-0.5: _hparams_/session_end_info"]); // prettier-ignore
  });

  it("are those of an undisturbed run where it was stopped, in a format that is asked for later too", async () => {
    await expect(run("stopped", "tensorboard", epochs + 1)).rejects.toThrow(InterruptedError);
    expect(tensorboard("stopped").scalars.length).toBeGreaterThan(0);
    expect(timeless(await run("stopped", "tensorboard,mlflow"))).toEqual(timeless(logged));
    const { scalars, others } = tensorboard("logged");
    expect(tensorboard("stopped")).toMatchObject({ scalars, others });
    expect(readMlflow(at("stopped", "logs", "mlruns"))).toEqual(readMlflow(at("logged", "logs", "mlruns")));
  });

  it("are made of a run that is finished, steps and all", async () => {
    await run("plain", "wandb");
    expect(readWandb(at("plain", "logs", "wandb")).history).toEqual(readMlflow(at("logged", "logs", "mlruns")));
  });

  it("are the curve of probing alone where nothing is fine-tuned", async () => {
    await probeFolder(options("probed", "tensorboard"), { commandLine: "taskhead probe" });
    const probing = tensorboard("logged").scalars.filter(([name]) => name.startsWith("probing"));
    expect(tensorboard("probed").scalars).toEqual(probing);
  });
});
