import type { SweepResults } from "../report/sweep/index.js";
import { sweep } from "../sweep/sweep.js";
import type { SweepOptions } from "../sweep/sweep-options.js";
import { sweepSummary } from "../terminal/sweep-table.js";
import { callerOf, type Context } from "./context.js";

/** `taskhead sweep`: the table, or one JSON object, on standard output. */
export async function sweepCommand(options: SweepOptions, context: Context): Promise<SweepResults> {
  const results = await sweep(options, callerOf(context));
  const { out, wide, json } = options.groups[0]!;
  if (json) {
    const model = results.best ? `${out}/model` : null;
    context.print(JSON.stringify({ ...results, report: `${out}/report.html`, model }));
    return results;
  }
  context.print(sweepSummary(results, wide ? Infinity : context.width));
  if (results.best) context.print(`model:  ${out}/model`);
  context.print(`report: ${out}/report.html`);
  return results;
}
