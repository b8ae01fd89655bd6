import { join } from "node:path";
import { writeFileAtomic } from "../files/atomic.js";
import { UserError } from "../files/errors.js";
import { packageVersion } from "../files/version.js";
import { type Pictures, renderReport, type TuneResults } from "../report/index.js";
import { sweepPage, type SweepResults } from "../report/sweep/index.js";
import { readPictures, readResults } from "../run/read-results.js";
import type { Context } from "./context.js";

/** `taskhead report`: the page of a finished run or sweep, written again from its results. */
export async function reportCommand(
  run: string,
  out: string | undefined,
  context: Pick<Context, "print">,
): Promise<void> {
  const file = out ?? join(run, "report.html");
  writeFileAtomic(file, await pageOf(run, packageVersion()));
  context.print(file);
}

/** @throws {UserError} if there are no results, or they lack what this version's report shows */
async function pageOf(run: string, version: string): Promise<string> {
  const results = (await readResults(run)) as TuneResults | SweepResults | undefined;
  if (!results)
    throw new UserError(`${run} holds no results.json; give the --out folder of a finished taskhead tune or sweep`);
  const pictures = (await readPictures(run)) as Pictures | undefined;
  try {
    return "rungs" in results ? sweepPage(results, pictures ?? null) : renderReport(results, pictures ?? null);
  } catch (error) {
    const { taskheadVersion = "an unknown version" } = Object(results) as Partial<TuneResults>;
    throw new UserError(
      `${join(run, "results.json")} is of ${taskheadVersion} of taskhead and lacks what the report of ${version} shows; run the command again with a new --out`,
      { cause: error },
    );
  }
}
