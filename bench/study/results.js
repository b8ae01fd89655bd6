/**
 * Tables of docs/results.md, from what grid.js and knobs.js left in OUT: means and standard deviations over the seeds of
 * accuracy on test images, which took no part in any choice.
 *
 *     node bench/study/results.js OUT
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { meanAndSpread, spearman } from "@taskhead/core";
import { rates, tasks } from "./tasks.js";

const [out] = process.argv.slice(2);
const measures = ["euclidean", "cosine", "dot", "norm", "test"];

function rowsOf(folder) {
  const file = join(folder, "results.json");
  if (!existsSync(file)) return null;
  return JSON.parse(readFileSync(file, "utf8")).rows.map((row) => ({ ...row, test: row.ood[0].finetuned }));
}

/** One list of rows for each seed that has the run. */
function seedsOf(task, run) {
  const seeds = readdirSync(join(out, task)).filter((name) => name.startsWith("seed-"));
  return seeds.map((seed) => rowsOf(join(out, task, seed, run))).filter((rows) => rows !== null);
}

const percent = (value) => (100 * value).toFixed(1);

/** Mean and standard deviation of a measure over seeds; diverged runs are counted, not averaged. */
function summary(rows, measure, show = percent) {
  const sound = rows.filter((row) => !row.diverged).map((row) => row[measure]);
  const failed = rows.length - sound.length;
  if (sound.length === 0) return "diverged";
  if (sound.includes(null)) return "–";
  const { mean, spread } = meanAndSpread(sound);
  return `${show(mean)}${spread === null ? "" : ` ± ${show(spread)}`}${failed > 0 ? ` (${failed} diverged)` : ""}`;
}

const table = (rows) => console.log(rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n"));
const line = (columns) => Array.from({ length: columns }, () => "---");

for (const task of Object.keys(tasks).filter((name) => existsSync(join(out, name, "seed-0")))) {
  const byRate = rates.map((rate) => seedsOf(task, `rate-${rate}`));
  const middle = byRate[1];
  const taus = middle[0].map((row) => row.tau);
  const at = (seeds, tau) => seeds.map((rows) => rows.find((row) => row.tau === tau));

  console.log(`\n## ${task}: ${middle.length} seeds\n`);
  table([
    ["tau", "energy", "‖W‖", "probing alone", ...rates.map((rate) => `fine-tuned, rate ${rate}`), "moved", "cosine"],
    line(6 + rates.length),
    ...taus.map((tau) => [
      tau,
      summary(at(middle, tau), "energy", (v) => v.toFixed(3)),
      summary(at(middle, tau), "headNorm", (v) => v.toFixed(2)),
      percent(meanAndSpread(at(middle, tau).map((row) => row.ood[0].probing)).mean),
      ...byRate.map((seeds) => summary(at(seeds, tau), "test")),
      summary(at(middle, tau), "euclidean", (v) => v.toFixed(1)),
      summary(at(middle, tau), "cosine", (v) => v.toFixed(3)),
    ]),
  ]);

  console.log(`\nRank correlations over taus, mean over seeds:\n`);
  const correlation = (rows, a, b) => {
    const sound = rows.filter((row) => !row.diverged);
    return spearman(
      sound.map((row) => row[a]),
      sound.map((row) => row[b]),
    );
  };
  table([
    ["rate", ...measures.map((measure) => `energy, ${measure}`), "euclidean, test"],
    line(measures.length + 2),
    ...byRate.map((seeds, i) => [
      rates[i],
      ...measures.map((m) => meanAndSpread(seeds.map((rows) => correlation(rows, "energy", m))).mean.toFixed(2)),
      meanAndSpread(seeds.map((rows) => correlation(rows, "euclidean", "test"))).mean.toFixed(2),
    ]),
  ]);

  const knobs = new Set(
    readdirSync(join(out, task, "seed-0")).filter(
      (name) => !name.startsWith("rate-") && !name.includes(".") && !name.startsWith("guide"),
    ),
  );
  if (knobs.size === 0) continue;
  console.log(`\nKnobs and baselines, at rate 5e-5 unless named own-rate:\n`);
  table([
    ["run", "tau", "seeds", "energy", "‖W‖", "rate", "before fine-tuning", "test", "moved", "cosine"],
    line(10),
    ...[...knobs].flatMap((knob) => {
      const seeds = seedsOf(task, knob);
      return seeds[0].map(({ tau }) => {
        const rows = at(seeds, tau);
        return [
          knob,
          tau,
          seeds.length,
          summary(rows, "energy", (v) => v.toFixed(3)),
          summary(rows, "headNorm", (v) => v.toFixed(2)),
          summary(rows, "learningRate", (v) => v.toExponential(1)),
          percent(meanAndSpread(rows.map((row) => row.ood[0].probing)).mean),
          summary(rows, "test"),
          summary(rows, "euclidean", (v) => v.toFixed(1)),
          summary(rows, "cosine", (v) => v.toFixed(3)),
        ];
      });
    }),
  ]);
}
