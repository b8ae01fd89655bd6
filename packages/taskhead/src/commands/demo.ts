import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Tau, TuneResults } from "@taskhead/core";
import { drawFolders } from "../demo/folders.js";
import { freshSteps, onFreshDrawings } from "../demo/fresh.js";
import { recipe } from "../demo/recipe.js";
import { writeFileAtomic } from "../files/atomic.js";
import { optionsFrom, type TuneOptions } from "../options/options.js";
import { demoPage, demoWords, standingsOf, type FreshDrawings } from "../report/demo/index.js";
import { deviceFor } from "../runtime/device.js";
import { loadRuntime } from "../runtime/runtime.js";
import { tuneFolder } from "../run/tune.js";
import { percent, typed } from "../words/format.js";
import { table } from "../terminal/table.js";
import { callerOf, type Context } from "./context.js";
import type { DemoOptions } from "./tables.js";
import { printTuned, tunedObject } from "./tune.js";

/** Trained by scripts/pretrain-demo.ts on shapes that the demo's task does not contain. */
const backbone = fileURLToPath(new URL("../../assets/demo-backbone.onnx", import.meta.url));

/**
 * `taskhead demo`: draws a small task, does what `taskhead tune` does with it, and repeats what came of it on fresh drawings
 * of the task, which had no part in any choice.
 */
export async function demo(
  { epochs, seed, device, wide, json, verbose, ...asked }: DemoOptions,
  context: Context,
): Promise<void> {
  const out = resolve(asked.out);
  const folders = await drawFolders(join(out, "images"), 7);
  const options = {
    ...optionsFrom({
      train: folders.train,
      backbone,
      val: folders.validation,
      test: folders.test,
      size: 32,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      batch: recipe.batch,
      probeEpochs: recipe.probeEpochs,
      lr: recipe.rate,
      clipNorm: recipe.clipNorm,
      schedule: recipe.schedule,
      warmup: recipe.warmup,
      cache: join(out, "cache"),
      epochs,
      seed,
      ...(device === undefined ? {} : { device }),
      out: join(out, "run"),
    }),
    wide,
    json,
    verbose,
  };
  const results = await tuneFolder(options, callerOf(context));
  if (!json) printTuned(results, options, context);
  const fresh = await repeated(results, options, context);
  const page = { fresh, version: results.taskheadVersion, createdAt: results.createdAt, report: "run/report.html" };
  writeFileAtomic(join(out, "demo.html"), demoPage(page));
  if (json)
    return context.print(JSON.stringify({ ...tunedObject(results, options), fresh, demo: join(out, "demo.html") }));
  context.print(`\n${told(fresh)}\npicture of it: ${join(out, "demo.html")}`);
}

async function repeated(
  results: TuneResults,
  { device, threads, epochs }: Pick<TuneOptions, "device" | "threads" | "epochs">,
  { progress, signal }: Context,
): Promise<FreshDrawings> {
  const task = progress.task("the same on fresh drawings", freshSteps(epochs), "steps");
  try {
    const runtime = await loadRuntime();
    return await onFreshDrawings({
      runtime,
      device: await deviceFor(runtime, device),
      threads,
      backbone: await readFile(backbone),
      epochs,
      ...startsOf(results),
      onStep: (done) => task.update(done),
      signal,
    });
  } finally {
    task.end();
  }
}

/** The tau that probing alone did best at, and the one that fine-tuning did, of those that prepare the head at all. */
function startsOf({ probing, rows }: TuneResults): { alone: number; prepared: number } {
  return {
    alone: bestTau(probing, (point) => point.validationScore),
    prepared: bestTau(rows, (row) => row.bestValidationScore),
  };
}

/** Of numbers of epochs above 0, which are all that the demo tries. */
function bestTau<Row extends { tau: Tau }>(rows: readonly Row[], score: (row: Row) => number | null): number {
  const prepared = rows.filter(({ tau }) => tau !== 0);
  return Number(prepared.reduce((a, b) => ((score(b) ?? -1) > (score(a) ?? -1) ? b : a)).tau);
}

/** What the fresh drawings showed, in words for someone who has not read the paper. */
function told(fresh: FreshDrawings): string {
  const { headline, story } = demoWords(fresh);
  const body = standingsOf(fresh).map(({ name, scores, mean }) => [
    name,
    ...[...scores, mean].map((score) => typed(percent(score))),
  ]);
  const head = ["on fresh drawings", ...fresh.seeds.map((_, i) => String(i + 1)), "mean"];
  return typed([table(head, body, { left: [0] }), "", `${headline}.`, ...story].join("\n"));
}
