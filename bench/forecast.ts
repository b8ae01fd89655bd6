/**
 * Does the forecast rank runs by how far their features move, better than the energy that the head leaves does?
 *
 *     npm run bench:forecast -- SETTINGS.json [OUT]
 *
 * SETTINGS.json lists tunings over tasks, heads and smoothing, each as the arguments of `taskhead tune`:
 *
 *     [{ "name": "cifar10-mlp", "tune": "cifar10/train --backbone darknet.onnx --size 64 --head mlp --taus 0,1,8,64" }, …]
 *
 * Each runs with `--forecast` in OUT/name (default: bench-forecast); one that was run before is read. Distances and
 * forecasts are taken relative to the length of the features before, so that backbones can be pooled. Prints Spearman's
 * correlations with the distance reached, by setting and pooled, and the pooled difference with a bootstrap interval over
 * runs: the forecast is worth showing by default only where that lies above 0.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inRepository } from "#scripts/paths.js";
import type { TuneResults } from "@taskhead/core";
import { scoreForecasts, spearman } from "@taskhead/core/internals";
import { bootstrap, quantile } from "./statistics.js";

interface Setting {
  readonly name: string;
  /** Arguments of `taskhead tune`. */
  readonly tune: string;
}

/** A run's measures, lengths in units of ‖z_0‖. */
interface Run {
  readonly energy: number;
  readonly euclidean: number;
  readonly forecast: number;
  /** The distance at the rollout's end. */
  readonly rollout: number;
  readonly coherence: number;
  readonly forecastCoherence: number;
}

const [settingsFile, out = "bench-forecast"] = process.argv.slice(2);
if (!settingsFile) throw new Error("give a file of settings: npm run bench:forecast -- SETTINGS.json [OUT]");

function tune({ name, tune }: Setting): TuneResults {
  const command = [inRepository("packages/taskhead/dist/main.js"), "tune"];
  const args = [...command, ...tune.split(/\s+/), "--forecast", "--json", "--out", join(out, name)];
  const { status, stdout } = spawnSync(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`${name}: taskhead tune ended with ${status}`);
  return JSON.parse(stdout) as TuneResults;
}

/** Only runs with a forecast that came to an end. */
function runsOf({ rows, probing }: TuneResults): Run[] {
  return rows.flatMap(({ tau, energy, euclidean, coherence, forecast }) => {
    const length = probing.find((point) => point.tau === tau)?.featureNorm;
    const end = forecast?.rollout.at(-1);
    if (!length || !end || forecast?.euclidean == null || forecast.coherence === null) return [];
    if (energy === null || euclidean === null || coherence === null) return [];
    return {
      energy,
      euclidean: euclidean / length,
      forecast: forecast.euclidean / length,
      rollout: end.euclidean / length,
      coherence,
      forecastCoherence: forecast.coherence,
    };
  });
}

/** A row of the table. */
function correlations(runs: readonly Run[]): Record<string, number | null> {
  const { forecast, energy } = scoreForecasts(runs);
  const between = (a: keyof Run, b: keyof Run) =>
    spearman(
      runs.map((run) => run[a]),
      runs.map((run) => run[b]),
    );
  return {
    runs: runs.length,
    forecast,
    energy,
    "rollout alone": between("rollout", "euclidean"),
    "coherence, forecast": between("forecastCoherence", "coherence"),
  };
}

/** The forecast's correlation less the energy's; null where one of them does not exist. */
function advantage(runs: readonly Run[]): number | null {
  const { forecast, energy } = scoreForecasts(runs);
  return forecast === null || energy === null ? null : forecast - energy;
}

function rounded(row: Record<string, number | null>): Record<string, number | string> {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, value === null ? "–" : Number(value.toFixed(3))]),
  );
}

const settings = JSON.parse(readFileSync(settingsFile, "utf8")) as Setting[];
const found = settings.map((setting) => ({ name: setting.name, runs: runsOf(tune(setting)) }));
const pooled = found.flatMap(({ runs }) => runs);
const rows = [...found, { name: "pooled", runs: pooled }];
console.table(Object.fromEntries(rows.map(({ name, runs }) => [name, rounded(correlations(runs))])));
const difference = advantage(pooled);
if (difference === null) console.log("too few runs to compare");
else {
  const resampled = bootstrap(pooled, 2000, advantage);
  const [low, high] = [quantile(resampled, 0.025), quantile(resampled, 0.975)];
  console.log(
    `forecast − energy, pooled over ${pooled.length} runs: ${difference.toFixed(3)} (95 %: ${low.toFixed(3)} to ${high.toFixed(3)})`,
  );
}
