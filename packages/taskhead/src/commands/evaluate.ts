import { join } from "node:path";
import { writeFileAtomic } from "../files/atomic.js";
import { asFlags } from "../options/rephrase.js";
import { evaluationPage } from "../report/evaluation/index.js";
import { evaluate } from "../run/evaluate.js";
import { findModel } from "../run/exported-model.js";
import { withNothingWritten } from "../run/interrupted.js";
import { evaluationText } from "../terminal/evaluation.js";
import { callerOf, type Context } from "./context.js";
import type { EvaluateOptions } from "./tables.js";

/** `taskhead evaluate`: tables, or one JSON object, on standard output; a page with pictures of what is wrong in a file. */
export async function evaluateCommand(
  out: string,
  path: string,
  { labels, columns, text, smiles, label, palette, ignore, device, json, ...asked }: EvaluateOptions,
  context: Context,
): Promise<void> {
  const model = await findModel(out);
  const page = asked.out ?? join(out, "evaluate.html");
  const { evaluation, pictures } = await asFlags(out, () =>
    evaluate(model, path, { labels, columns, text, smiles, label, palette, ignore, device }, callerOf(context)),
  ).catch((error: unknown): never => {
    throw withNothingWritten(error);
  });
  writeFileAtomic(page, evaluationPage(evaluation, pictures));
  if (json) return context.print(JSON.stringify({ ...evaluation, page }));
  context.print(evaluationText(evaluation, context.width));
  context.print(`page: ${page}`);
}
