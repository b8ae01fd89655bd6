import { join, resolve } from "node:path";
import type { Tau, TuneResults } from "@taskhead/core";
import { freshSteps, onFreshDraws } from "../demo/fresh.js";
import type { DemoTask } from "../demo/task.js";
import { writeFileAtomic } from "../files/atomic.js";
import { optionsFrom, type TuneOptions } from "../options/options.js";
import { demoPage, demoWords, standingsOf, type DemoSubject, type FreshDraws } from "../report/demo/index.js";
import { deviceFor } from "../runtime/device.js";
import { loadRuntime } from "../runtime/runtime.js";
import { tuneFolder } from "../run/tune.js";
import { percent, typed } from "../words/format.js";
import { table } from "../terminal/table.js";
import { callerOf, type Context } from "./context.js";
import type { DemoOptions } from "./tables.js";
import { printTuned, tunedObject } from "./tune.js";

/**
 * `taskhead demo` and `taskhead demo-text`: draws a small task, does what `taskhead tune` does with it, and repeats what came
 * of it on fresh draws of the task, which had no part in any choice.
 */
export async function demo(
  task: DemoTask,
  { epochs, seed, device, wide, json, verbose, ...asked }: DemoOptions,
  context: Context,
): Promise<void> {
  const out = resolve(asked.out);
  const { subject, recipe } = task;
  const run = {
    epochs,
    seed,
    cache: join(out, "cache"),
    out: join(out, "run"),
    ...(device === undefined ? {} : { device }),
  };
  const options = { ...optionsFrom({ ...(await task.files(out)), ...recipe, ...run }), wide, json, verbose };
  const results = await tuneFolder(options, callerOf(context));
  if (!json) printTuned(results, options, context);
  const fresh = await repeated(task, results, options, context);
  const { taskheadVersion: version, createdAt } = results;
  writeFileAtomic(join(out, "demo.html"), demoPage({ subject, fresh, version, createdAt, report: "run/report.html" }));
  if (json)
    return context.print(JSON.stringify({ ...tunedObject(results, options), fresh, demo: join(out, "demo.html") }));
  context.print(`\n${told(fresh, subject)}\npicture of it: ${join(out, "demo.html")}`);
  context.print(`ask the model:  taskhead predict ${options.out} ${task.question(out)}`);
}

async function repeated(
  demoTask: DemoTask,
  results: TuneResults,
  { device, threads, epochs }: Pick<TuneOptions, "device" | "threads" | "epochs">,
  { progress, signal }: Context,
): Promise<FreshDraws> {
  const task = progress.task(`the same on fresh ${demoTask.subject.draw}s`, freshSteps(demoTask, epochs), "steps");
  try {
    const runtime = await loadRuntime();
    return await onFreshDraws(demoTask, {
      runtime,
      device: await deviceFor(runtime, device),
      threads,
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

/** What the fresh draws showed, in words for someone who has not read the paper. */
function told(fresh: FreshDraws, subject: DemoSubject): string {
  const { headline, story } = demoWords(fresh, subject);
  const body = standingsOf(fresh).map(({ name, scores, mean }) => [
    name,
    ...[...scores, mean].map((score) => typed(percent(score))),
  ]);
  const head = [`on fresh ${subject.draw}s`, ...fresh.seeds.map((_, i) => String(i + 1)), "mean"];
  return typed([table(head, body, { left: [0] }), "", `${headline}.`, ...story].join("\n"));
}
