import { join, resolve } from "node:path";
import { theory } from "@taskhead/core";
import { defaultsOf, list, number, otherwise, whole, type Kind, type Table } from "@taskhead/core/settings";
import type { Command } from "commander";
import { writeFileAtomic } from "../files/atomic.js";
import { UserError } from "../files/errors.js";
import { packageVersion } from "../files/version.js";
import { findingsOf, theoryPage, type TheoryReport } from "../report/theory/index.js";
import { InterruptedError } from "../run/interrupted.js";
import { fixed } from "../terminal/format.js";
import { table } from "../terminal/table.js";
import { addOptions, readOptions } from "../options/command-line.js";
import { optionTable, select } from "../options/table.js";
import type { Context } from "./context.js";

interface Asked extends Omit<TheoryReport["options"], "span"> {
  span?: number;
  out: string;
  json: boolean;
  verbose: boolean;
}

const size = whole({ from: 1, to: 1000 });

/** A time of head probing; its end is infinite. */
const time: Kind<number> = {
  ...number({ from: 0 }),
  parse: (text) => (text === "inf" ? { value: Infinity } : number({ from: 0 }).parse(text)),
  text: tauText,
};

const times = list(
  time,
  { text: "numbers from 0, or inf, separated by commas, such as 0,0.5,4,inf", values: "a list of numbers from 0" },
  (values) => [...new Set(values)].sort((a, b) => a - b),
);

const theoryTable: Table<Asked> = {
  d: { kind: size, default: 40, says: "inputs", group: "Model" },
  h: { kind: size, default: 5, says: "features", group: "Model" },
  n: { kind: size, default: 20, says: "training samples, fewer than inputs", group: "Model" },
  k: { kind: size, default: 1, says: "outputs", group: "Model" },
  span: {
    kind: size,
    otherwise: "half of --n",
    says: "dimension that the training inputs fill",
    group: "Model",
  },
  angle: {
    kind: number({ from: 0, to: 90 }),
    default: 30,
    says: "how far the pretrained features are off: 0 perfect, 90 unrelated",
    group: "Model",
    placeholder: "degrees",
  },
  headNorm: {
    kind: number({ from: 0 }),
    default: 0.5,
    says: "norm of the random head, in norms of the true head",
    group: "Model",
    placeholder: "r",
  },
  ood: {
    kind: number({ above: 0 }),
    default: 1,
    says: "standard deviation of test inputs off the training span; in it they have 1",
    group: "Model",
    placeholder: "s",
  },
  taus: {
    kind: times,
    default: [0, 0.5, 1, 2, 4, 8, 16, 32, 64, Infinity],
    says: "times of head probing to fine-tune from; inf is to its end",
    group: "Model",
  },
  seeds: {
    kind: whole({ from: 1, to: 10_000 }),
    default: 20,
    says: "tasks to draw and average over",
    group: "Model",
  },
  ...select(optionTable, ["json", "verbose"]),
  out: otherwise(optionTable.out, { default: "taskhead-theory" }, "folder for theory.html and theory.json"),
};

/** `taskhead theory`: the linear model, where probing and fine-tuning can be computed exactly. */
export function registerTheory(program: Command, context: Context): void {
  addOptions(program.command("theory"), theoryTable)
    .description("probe and fine-tune the overparameterised linear model, exactly, and plot what tau does to it")
    .action((given: Record<string, unknown>) => theoryCommand(parseTheory(given), context));
}

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
  const asked = { ...(defaultsOf(theoryTable) as Asked), ...readOptions(theoryTable, given) };
  const { out, json, verbose: _, span, ...rest } = asked;
  const model = { ...rest, span: span ?? Math.ceil(rest.n / 2) };
  try {
    theory.assertSizes(model);
  } catch (error) {
    throw new UserError((error as RangeError).message);
  }
  return { model, out: resolve(out), json };
}

/** The table, or one JSON object, on standard output; the page and the same object in `out`. */
export async function theoryCommand({ model, out, json }: TheoryOptions, context: Context): Promise<void> {
  const results = await runModel(model, context);
  const report: TheoryReport = {
    taskheadVersion: packageVersion(),
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
