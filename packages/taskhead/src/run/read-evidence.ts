import { firstDifference, type Configuration } from "@taskhead/core/internals";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Evidence } from "@taskhead/core";
import { ZodError } from "zod";
import { readJson } from "../files/atomic.js";
import { UserError } from "../files/errors.js";
import { evidenceOf } from "../results/evidence.js";

/**
 * What finished runs of one task measured.
 * @param folders run folders that differ in their seed alone
 * @throws {UserError} naming the folder that cannot be used
 */
export function readEvidence(folders: readonly string[]): Evidence[] {
  const [first, ...others] = folders.map(configurationOf);
  others.forEach((other, i) => {
    const difference = firstDifference(first!, other);
    if (difference)
      throw new UserError(
        `${folders[0]} and ${folders[i + 1]} are of different tasks: ${difference}; give runs that differ in --seed alone`,
      );
  });
  return folders.map(evidenceIn);
}

/** Without what may differ between seeds. */
function configurationOf(folder: string): Configuration {
  const file = join(folder, "run.json");
  if (!existsSync(file))
    throw new UserError(`${folder} is no run folder (it has no run.json); give the --out folder of taskhead tune`);
  const { configuration } = readJson(file) as { configuration: Configuration };
  return { ...configuration, "--seed": null, "--threads": null };
}

function evidenceIn(folder: string): Evidence {
  const file = join(folder, "results.json");
  if (!existsSync(file))
    throw new UserError(`${folder} is of a run that is not finished; run the same command again to finish it`);
  try {
    return evidenceOf(readJson(file));
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    throw new UserError(
      `${file} lacks '${error.issues[0]!.path.join(".")}' or has another kind of value there: it is of another version of taskhead; run the command again with a new --out`,
    );
  }
}
