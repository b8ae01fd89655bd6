import { DamagedError, memoryStore, readJson, runOf, RunStore, type Configuration } from "@taskhead/core/internals";
import type { TuneResults } from "@taskhead/core";
import { UserError } from "taskhead/inputs";
import type { Pictures, SweepResults } from "taskhead/report";
import { partsOf, type PlacedFile } from "./placed-file.js";

/** A finished run or sweep, as its folder keeps it. */
export interface OpenedRun {
  readonly name: string;
  readonly results: TuneResults | SweepResults;
  /** Of its samples, where the run kept them. */
  readonly pictures: Pictures | null;
}

const kept = ["run.json", "results.json", "pictures.json"] as const;

/** Whether what was given is the folder of a run or a sweep, or a zip of one. */
export function holdsRun(files: readonly PlacedFile[]): boolean {
  return resultsIn(files) !== undefined;
}

/**
 * Opens the results of the folder of a run or a sweep.
 * @throws {UserError} if they are damaged, or of another kind of run
 */
export async function openRun(files: readonly PlacedFile[]): Promise<OpenedRun> {
  const path = partsOf(resultsIn(files)!).slice(0, -1);
  const store = memoryStore();
  for (const name of kept) {
    const file = files.find((one) => partsOf(one).join("/") === [...path, name].join("/"));
    if (file) await store.write(name, new Uint8Array(await file.file.arrayBuffer()));
  }
  try {
    const run = await readJson<{ configuration?: Configuration }>(store, "run.json");
    const own = new RunStore(store, run?.configuration && (await runOf(run.configuration)));
    const results = await readJson<TuneResults | SweepResults>(own, "results.json");
    const pictures = await readJson<Pictures & object>(own, "pictures.json");
    if (!results || !("rows" in results))
      throw new UserError(
        "the folder is of another command than taskhead tune or sweep; give the folder of one of these",
      );
    return { name: path.at(-1) ?? "a run", results, pictures: pictures ?? null };
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    throw new UserError(`${error.key}: ${error.reason}; run the same command again, which writes it anew`);
  }
}

/** The one that lies highest. */
function resultsIn(files: readonly PlacedFile[]): PlacedFile | undefined {
  return files
    .filter((file) => partsOf(file).at(-1) === "results.json")
    .sort((a, b) => partsOf(a).length - partsOf(b).length)[0];
}
