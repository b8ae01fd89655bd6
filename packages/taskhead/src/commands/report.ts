import { existsSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeFileAtomic } from "../files/atomic.js";
import { UserError } from "../files/errors.js";
import { packageVersion } from "../files/version.js";
import { type Pictures, renderReport, type TuneResults } from "../report/index.js";
import { sweepPage, type SweepResults } from "../report/sweep/index.js";
import { picturesKey } from "../run/pictures.js";
import type { Context } from "./context.js";

/** `taskhead report`: the page of a finished run or sweep, written again from its results. */
export function reportCommand(run: string, out: string | undefined, context: Pick<Context, "print">): void {
  const file = out ?? join(run, "report.html");
  writeFileAtomic(file, pageOf(run, packageVersion()));
  context.print(file);
}

/** @throws {UserError} if the file is missing, or lacks what this version's report shows */
function pageOf(run: string, version: string): string {
  const file = join(run, "results.json");
  const results = readJson(file) as TuneResults | SweepResults;
  const shown = join(run, picturesKey);
  const pictures = existsSync(shown) ? (readJson(shown) as Pictures) : null;
  try {
    return "rungs" in results ? sweepPage(results, pictures) : renderReport(results, pictures);
  } catch (error) {
    const { taskheadVersion = "an unknown version" } = Object(results) as Partial<TuneResults>;
    throw new UserError(
      `${file} is of ${taskheadVersion} of taskhead and lacks what the report of ${version} shows; run the command again with a new --out`,
      { cause: error },
    );
  }
}
