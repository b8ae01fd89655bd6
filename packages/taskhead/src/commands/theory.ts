import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { theory } from "@taskhead/core";
import { writeFileAtomic } from "../files/atomic.js";
import { UserError } from "../files/errors.js";
import { packageVersion } from "../files/version.js";
import { findingsOf, peakSentences, theoryPage, type TheoryReport } from "../report/theory/index.js";
import { withNothingWritten } from "../run/interrupted.js";
import { fixed } from "../terminal/format.js";
import { plain } from "../words/format.js";
import { table } from "../terminal/table.js";
import type { Context } from "./context.js";
import { tauText, type TheoryAsked } from "./theory-table.js";

interface TheoryOptions {
  model: TheoryReport["options"];
  out: string;
  json: boolean;
}

/**
 * What is asked, with what follows for the rest.
 * @throws {UserError} if the sizes do not fit each other
 */
function theoryOptions(asked: TheoryAsked): TheoryOptions {
  const { out, json, verbose: _, span, scale, tasks, ...rest } = asked;
  const model = { ...rest, ...(scale ? { scales: scale } : {}), seeds: tasks, span: span ?? Math.ceil(rest.n / 2) };
  try {
    theory.assertSizes(model);
  } catch (error) {
    throw new UserError((error as RangeError).message);
  }
  return { model, out: resolve(out), json };
}

/** `taskhead theory`: the table, or one JSON object, on standard output; the page and the same object in `out`. */
export async function theoryCommand(asked: TheoryAsked, context: Context): Promise<void> {
  const { model, out, json } = theoryOptions(asked);
  if (statSync(out, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new UserError(`--out ${out} is a file; give a folder`);
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
  const task = progress.task("linear model", model.seeds * (model.taus.length + (model.scales?.length ?? 0)), "runs");
  try {
    return await theory.run({ ...model, signal, onProgress: (done) => task.update(done) });
  } catch (error) {
    throw withNothingWritten(error);
  } finally {
    task.end();
  }
}

function describe({ rows, scaled, findings, unfinished }: TheoryReport): string {
  const head = ["energy", "‖v‖", "euclidean", "cosine", "dot", "norm", "LP", "FT", "LP ood", "FT ood"];
  const body = rows.map(({ tau, mean }) => [
    `${tau === findings.best.tau ? "★ " : "  "}${tauText(tau)}`,
    ...cells(mean),
  ]);
  const trends = Object.entries(findings.trends).map(([measure, trend]) => `${measure} ${trend}`);
  const { best, ends } = findings;
  const against = ends.map((end) => `${fixed(end.error, 3)} from tau ${tauText(end.tau)}`).join(" and ");
  return [
    table(["tau", ...head], body),
    ...(scaled.length > 0
      ? [
          "",
          "the fully probed head times a scale:",
          table(
            ["  scale", ...head],
            scaled.map(({ scale, mean }) => [`  ${scale}`, ...cells(mean)]),
          ),
        ]
      : []),
    "",
    "LP, FT: squared error / squared target after probing alone and after fine-tuning; ood: off the training span",
    `as energy grows: ${trends.join("; ")}`,
    ...peakSentences(findings).map((text) => plain(`task by task: ${text}`)),
    `★ fine-tuning errs least off the span from tau ${tauText(best.tau)}: ${fixed(best.error, 3)}${against ? `, against ${against}` : ""}`,
    ...(unfinished > 0 ? [`${unfinished} fine-tuning runs had not come to rest when they were cut off`] : []),
  ].join("\n");
}

function cells(mean: theory.Measures): string[] {
  const { energy, headNorm, euclidean, cosine, dot, norm } = mean;
  const { probedError, finetunedError, probedErrorOod, finetunedErrorOod } = mean;
  const features = [energy, headNorm, euclidean, cosine, dot, norm];
  return [...features, probedError, finetunedError, probedErrorOod, finetunedErrorOod].map((value) => fixed(value, 3));
}

/** JSON has no infinity: the tau is written as `--taus` takes it. */
function toJson(report: TheoryReport): string {
  return JSON.stringify(report, (_, value: unknown) => (value === Infinity ? "inf" : value));
}
