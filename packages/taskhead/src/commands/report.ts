import type { Command } from "commander";
import { join } from "node:path";
import { writeFileAtomic } from "../files/atomic.js";
import { UserError } from "../files/errors.js";
import { packageVersion } from "../files/version.js";
import { type Pictures, renderReport, type TuneResults } from "../report/index.js";
import { sweepPage, type SweepResults } from "../report/sweep/index.js";
import { readPictures, readResults } from "../run/read-results.js";
import type { Context } from "./context.js";

/** `taskhead report`: the page of a finished run or sweep, written again from its results. */
export function registerReport(program: Command, context: Pick<Context, "print">): void {
  program
    .command("report")
    .description("write the report of a finished run or sweep again, with this version's plots and words")
    .argument("<run>", "run folder of taskhead tune or taskhead sweep")
    .option("--out <file>", "where to write it (default: report.html in the run folder)")
    .option("--verbose", "show the stack of an error", false)
    .action(async (run: string, { out = join(run, "report.html") }: { out?: string }) => {
      writeFileAtomic(out, await pageOf(run, packageVersion()));
      context.print(out);
    });
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
