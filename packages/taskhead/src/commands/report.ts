import { join } from "node:path";
import { readJson, writeFileAtomic } from "../files/atomic.js";
import { UserError } from "../files/errors.js";
import { packageVersion } from "../files/version.js";
import { renderReport, type TuneResults } from "../report/index.js";
import { sweepPage, type SweepResults } from "../report/sweep/index.js";
import type { Context } from "./context.js";

/** `taskhead report`: the page of a finished run or sweep, written again from its results. */
export async function reportCommand(
  run: string,
  out: string | undefined,
  context: Pick<Context, "print">,
): Promise<void> {
  const file = out ?? join(run, "report.html");
  writeFileAtomic(file, await pageOf(join(run, "results.json"), packageVersion()));
  context.print(file);
}

/** @throws {UserError} if the file is missing, or lacks what this version's report shows */
async function pageOf(file: string, version: string): Promise<string> {
  const results = readJson(file) as TuneResults | SweepResults;
  try {
    return "rungs" in results ? sweepPage(results) : await renderReport(results);
  } catch (error) {
    const { taskheadVersion = "an unknown version" } = Object(results) as Partial<TuneResults>;
    throw new UserError(
      `${file} is of ${taskheadVersion} of taskhead and lacks what the report of ${version} shows; run the command again with a new --out`,
      { cause: error },
    );
  }
}
