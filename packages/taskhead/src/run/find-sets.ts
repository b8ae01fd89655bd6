import type { FoundSet, FoundSets, Kind, SetOfFiles } from "../data/kind.js";
import type { Listener } from "../data/listener.js";
import type { TuneOptions } from "../options/options.js";

/**
 * Finds the sets of a job: those that are named, and what lies beside the training samples in place of the others.
 * @throws {UserError} if there is none of use, or nothing to validate on
 */
export async function findSets(
  kind: Kind,
  options: TuneOptions,
  { onProgress, signal }: Listener,
): Promise<FoundSets<FoundSet>> {
  const train = await kind.scan(options.train, options, { signal });
  const like = (path: string, set: SetOfFiles) => kind.scan(path, options, { like: train, set, signal });
  const offered = await kind.offered?.(train, wantedOf(options), options);
  for (const text of offered?.said ?? []) onProgress?.({ kind: "message", text });
  const validation = options.val === undefined ? (offered?.validation ?? null) : await like(options.val, "validation");
  if (!validation) kind.requireSplittable(train, options.valFraction);
  const test = options.test === undefined ? (offered?.test ?? null) : await like(options.test, "test");
  const ood: FoundSet[] = [];
  for (const path of options.ood) ood.push(await like(path, "test"));
  return { train, validation, test, ood };
}

/** Those that nobody has named; folds validate on training samples. */
function wantedOf({ val, test, folds }: TuneOptions): ("validation" | "test")[] {
  return [
    ...(val === undefined && folds === undefined ? (["validation"] as const) : []),
    ...(test === undefined ? (["test"] as const) : []),
  ];
}
