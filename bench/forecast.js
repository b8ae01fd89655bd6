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
import { fileURLToPath } from "node:url";
import { random, scoreForecasts, spearman } from "@taskhead/core";

const [settingsFile, out = "bench-forecast"] = process.argv.slice(2);
if (!settingsFile) throw new Error("give a file of settings: npm run bench:forecast -- SETTINGS.json [OUT]");
const command = fileURLToPath(new URL("../packages/taskhead/dist/main.js", import.meta.url));

function tune({ name, tune }) {
  const args = [command, "tune", ...tune.split(/\s+/), "--forecast", "--json", "--out", join(out, name)];
  const { status, stdout } = spawnSync(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`${name}: taskhead tune ended with ${status}`);
  return JSON.parse(stdout);
}

/** A run's measures in units of ‖z_0‖; only runs with a forecast that came to an end. */
function runsOf({ rows, probing }) {
  return rows.flatMap(({ tau, energy, euclidean, coherence, forecast }) => {
    if (!forecast || forecast.euclidean === null || euclidean === null) return [];
    const { featureNorm } = probing.find((point) => point.tau === tau);
    return {
      energy,
      euclidean: euclidean / featureNorm,
      forecast: forecast.euclidean / featureNorm,
      rollout: forecast.rollout.at(-1).euclidean / featureNorm,
      coherence,
      forecastCoherence: forecast.coherence,
    };
  });
}

function correlations(runs) {
  const { forecast, energy } = scoreForecasts(runs);
  const by = (a, b) =>
    spearman(
      runs.map((run) => run[a]),
      runs.map((run) => run[b]),
    );
  return {
    runs: runs.length,
    forecast,
    energy,
    "rollout alone": by("rollout", "euclidean"),
    "coherence, forecast": by("forecastCoherence", "coherence"),
  };
}

/** 95 % interval of the difference of the two pooled correlations, resampling runs. */
function bootstrap(runs, resamples = 2000) {
  const rng = random(0, "bootstrap");
  const differences = [];
  for (let i = 0; i < resamples; i++) {
    const { forecast, energy } = scoreForecasts(runs.map(() => runs[rng.integer(0, runs.length - 1)]));
    if (forecast !== null && energy !== null) differences.push(forecast - energy);
  }
  differences.sort((a, b) => a - b);
  const at = (q) => differences[Math.round(q * (differences.length - 1))];
  return [at(0.025), at(0.975)];
}

const settings = JSON.parse(readFileSync(settingsFile, "utf8"));
const found = settings.map((setting) => [setting.name, runsOf(tune(setting))]);
const pooled = found.flatMap(([, runs]) => runs);
const rows = [...found, ["pooled", pooled]].map(([name, runs]) => [name, correlations(runs)]);
const rounded = ([name, row]) => [
  name,
  Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value === null ? "–" : +value.toFixed(3)])),
];
console.table(Object.fromEntries(rows.map(rounded)));
const { forecast, energy } = scoreForecasts(pooled);
if (forecast === null || energy === null) console.log("too few runs to compare");
else {
  const [low, high] = bootstrap(pooled);
  console.log(
    `forecast − energy, pooled over ${pooled.length} runs: ${(forecast - energy).toFixed(3)} (95 %: ${low.toFixed(3)} to ${high.toFixed(3)})`,
  );
}
