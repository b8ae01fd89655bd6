import { join, resolve } from "node:path";
import { theory } from "@taskhead/core";
import type { Command } from "commander";
import { z } from "zod";
import { writeFileAtomic } from "../files/atomic.js";
import { UserError } from "../files/errors.js";
import { findingsOf, theoryPage, type TheoryReport } from "../report/theory/index.js";
import { InterruptedError } from "../run/interrupted.js";
import { fixed } from "../terminal/format.js";
import { table } from "../terminal/table.js";
import { number, toNumber } from "../options/options.js";
import type { Context } from "../run/context.js";

/** `taskhead theory`: the linear model, where probing and fine-tuning can be computed exactly. */
export function registerTheory(program: Command, context: Context): void {
  program
    .command("theory")
    .description("probe and fine-tune the overparameterised linear model, exactly, and plot what tau does to it")
    .option("--d <n>", "inputs", "40")
    .option("--h <n>", "features", "5")
    .option("--n <n>", "training samples, fewer than inputs", "20")
    .option("--k <n>", "outputs", "1")
    .option("--span <n>", "dimension that the training inputs fill (default: half of --n)")
    .option("--angle <degrees>", "how far the pretrained features are off: 0 perfect, 90 unrelated", "30")
    .option("--head-norm <r>", "norm of the random head, in norms of the true head", "0.5")
    .option("--ood <s>", "standard deviation of test inputs off the training span; in it they have 1", "1")
    .option("--taus <list>", "times of head probing to fine-tune from; inf is to its end", "0,0.5,1,2,4,8,16,32,64,inf")
    .option("--seeds <n>", "tasks to draw and average over", "20")
    .option("--out <dir>", "folder for theory.html and theory.json", "taskhead-theory")
    .option("--json", "print one JSON object on standard output", false)
    .option("--verbose", "show the stack of an error", false)
    .action((given: Record<string, unknown>) => theoryCommand(parseTheory(given), context));
}

const size = { from: 1, to: 1000, whole: true };

const taus = z.string().transform((given, context): number[] => {
  const values = given.split(",").map((part) => (part === "inf" ? Infinity : toNumber("--taus", part, { from: 0 })));
  if (values.every((v): v is number => typeof v === "number")) return [...new Set(values)].sort((a, b) => a - b);
  context.addIssue({
    code: "custom",
    message: `--taus wants numbers from 0, or inf, separated by commas, such as 0,0.5,4,inf, not '${given}'`,
  });
  return z.NEVER;
});

const schema = z.object({
  d: number("--d", size),
  h: number("--h", size),
  n: number("--n", size),
  k: number("--k", size),
  span: number("--span", size).optional(),
  angle: number("--angle", { from: 0, to: 90 }),
  headNorm: number("--head-norm", { from: 0 }),
  ood: number("--ood", { above: 0 }),
  taus,
  seeds: number("--seeds", { from: 1, to: 10_000, whole: true }),
  out: z.string().transform((path) => resolve(path)),
  json: z.boolean(),
  verbose: z.boolean(),
});

export interface TheoryOptions {
  model: TheoryReport["options"];
  out: string;
  json: boolean;
}

/**
 * Checks what commander read.
 * @throws {UserError} one line that names the option, what it wants and what it got
 */
export function parseTheory(given: Record<string, unknown>): TheoryOptions {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new UserError(parsed.error.issues[0]?.message ?? "bad options");
  const { out, json, verbose: _, span, ...rest } = parsed.data;
  const model = { ...rest, span: span ?? Math.ceil(rest.n / 2) };
  try {
    theory.assertSizes(model);
  } catch (error) {
    throw new UserError((error as RangeError).message);
  }
  return { model, out, json };
}

/** The table, or one JSON object, on standard output; the page and the same object in `out`. */
export async function theoryCommand({ model, out, json }: TheoryOptions, context: Context): Promise<void> {
  const results = await runModel(model, context);
  const report: TheoryReport = {
    taskheadVersion: context.version,
    createdAt: new Date().toISOString(),
    command: context.commandLine,
    options: model,
    findings: findingsOf(results.rows),
    ...results,
  };
  const text = toJson(report);
  writeFileAtomic(join(out, "theory.json"), `${text}\n`);
  writeFileAtomic(join(out, "theory.html"), theoryPage(report));
  if (json) return context.print(text);
  context.print(describe(report));
  context.print(`report: ${join(out, "theory.html")}`);
}

async function runModel(model: TheoryReport["options"], { progress, signal }: Context): Promise<theory.TheoryResults> {
  const task = progress.task("linear model", model.seeds * model.taus.length, "runs");
  try {
    return await theory.run({ ...model, signal, onProgress: (done) => task.update(done) });
  } catch (error) {
    throw error instanceof InterruptedError ? new InterruptedError("stopped; nothing was written") : error;
  } finally {
    task.end();
  }
}

function describe({ rows, findings, unfinished }: TheoryReport): string {
  const head = ["tau", "energy", "‖v‖", "euclidean", "cosine", "dot", "norm", "LP", "FT", "LP ood", "FT ood"];
  const body = rows.map(({ tau, mean }) => [
    `${tau === findings.best.tau ? "★ " : "  "}${tauText(tau)}`,
    ...[mean.energy, mean.headNorm, mean.euclidean, mean.cosine, mean.dot, mean.norm].map((value) => fixed(value, 3)),
    ...[mean.probedError, mean.finetunedError, mean.probedErrorOod, mean.finetunedErrorOod].map((value) =>
      fixed(value, 3),
    ),
  ]);
  const trends = Object.entries(findings.trends).map(([measure, trend]) => `${measure} ${trend}`);
  const { best, ends } = findings;
  const against = ends.map((end) => `${fixed(end.error, 3)} from tau ${tauText(end.tau)}`).join(" and ");
  return [
    table(head, body),
    "",
    "LP, FT: squared error / squared target after probing alone and after fine-tuning; ood: off the training span",
    `as energy grows: ${trends.join("; ")}`,
    `★ fine-tuning errs least off the span from tau ${tauText(best.tau)}: ${fixed(best.error, 3)}${against ? `, against ${against}` : ""}`,
    ...(unfinished > 0 ? [`${unfinished} fine-tuning runs had not come to rest when they were cut off`] : []),
  ].join("\n");
}

function tauText(tau: number): string {
  return tau === Infinity ? "inf" : String(tau);
}

/** JSON has no infinity: the tau is written as `--taus` takes it. */
function toJson(report: TheoryReport): string {
  return JSON.stringify(report, (_, value: unknown) => (value === Infinity ? "inf" : value));
}
