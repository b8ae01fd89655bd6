import { firstDifference, type Configuration } from "@taskhead/core/internals";
import { join } from "node:path";
import type { Evidence } from "@taskhead/core";
import { ZodError } from "zod";
import { UserError } from "../files/errors.js";
import { evidenceOf } from "../results/evidence.js";
import { readProbed, readResults, readRunConfiguration } from "./read-results.js";

/**
 * What runs of one task measured: all of it, or, of one that is not finished, what probing alone found.
 * @param folders run folders that differ in their seed alone
 * @throws {UserError} naming the folder that cannot be used
 */
export async function readEvidence(folders: readonly string[]): Promise<Evidence[]> {
  const configurations = await Promise.all(folders.map(configurationOf));
  const [first, ...others] = configurations.map(withoutSeed);
  others.forEach((other, i) => {
    const difference = firstDifference(first!, other);
    if (difference)
      throw new UserError(
        `${folders[0]} and ${folders[i + 1]} are of different tasks: ${difference}; give runs that differ in --seed alone`,
      );
  });
  const seeds = configurations.map((configuration) => configuration["--seed"]);
  const again = seeds.findIndex((seed, i) => seed !== undefined && seeds.indexOf(seed) < i);
  if (again >= 0)
    throw new UserError(
      `${folders[seeds.indexOf(seeds[again])]} and ${folders[again]} are both of --seed ${seeds[again]}, which is one run told twice; leave one of them out`,
    );
  return Promise.all(folders.map(evidenceIn));
}

function withoutSeed(configuration: Configuration): Configuration {
  return { ...configuration, "--seed": null };
}

/** Without what may differ between seeds: each may have been run elsewhere, and at another time. */
async function configurationOf(folder: string): Promise<Configuration> {
  const configuration = await readRunConfiguration(folder);
  if (!configuration)
    throw new UserError(`${folder} is no run folder (it has no run.json); give the --out folder of taskhead tune`);
  const task = Object.entries(configuration).filter(
    ([name]) => !/^(format$|the version of |the decoding of )/.test(name),
  );
  return { ...Object.fromEntries(task), "--threads": null };
}

async function evidenceIn(folder: string): Promise<Evidence> {
  // Of a run that is not finished, what probing found.
  const results = (await readResults(folder)) ?? (await readProbed(folder));
  if (!results)
    throw new UserError(`${folder} is of a run whose head is not probed yet; run the same command again to go on`);
  if ("rungs" in results)
    throw new UserError(
      `${folder} is of a sweep, whose candidates its report.html compares; give folders of taskhead tune`,
    );
  try {
    return evidenceOf(results);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    throw new UserError(
      `${join(folder, "results.json")} lacks '${error.issues[0]!.path.join(".")}' or has another kind of value there: it is of another version of taskhead; run the command again with a new --out`,
    );
  }
}
