import { join } from "node:path";
import type { TuneResults } from "@taskhead/core";
import { refitJob, tuneJob, type FoldRun } from "@taskhead/core/internals";
import type { TuneOptions } from "../options/options.js";
import { prepare, type Prepared } from "./prepare.js";
import type { OpenRun } from "./refusable.js";
import { finishRun, followed, originOf, type Caller } from "./finish-run.js";

/** A fold's run, while it is not known where its samples are among all. */
interface NamedRun extends Pick<FoldRun, "results" | "store"> {
  /** Of its validation samples. */
  readonly names: readonly string[];
}

/**
 * k-fold cross-validation: a run for each fold in `fold-1`, `fold-2` … of the run's folder, each like any other run, then one
 * on all samples in the folder itself, which is exported. What was cut short goes on.
 * @param open makes a folder a run's
 * @throws {UserError} on input that cannot be used, the signal's reason when stopped
 */
export async function crossValidate(options: TuneOptions, caller: Caller, open: OpenRun): Promise<TuneResults> {
  const { folds = 0, out } = options;
  // Averages of weights would be chosen on a fold, and there is none for the model that is exported.
  const common = { ...options, blends: false };
  const runs: NamedRun[] = [];
  for (let fold = 1; fold <= folds; fold++) {
    caller.onProgress?.({ kind: "message", text: `fold ${fold} of ${folds}` });
    const own = { ...common, out: join(out, `fold-${fold}`) };
    const prepared = await prepare({ ...own, fold }, caller, within(out, open));
    runs.push(
      await closing(prepared, async () => {
        const results = await tuneJob(followed(prepared, own), originOf(prepared, own, caller));
        await finishRun(prepared, own, results);
        return { results, store: prepared.store, names: namesOf(prepared.sets.validation) };
      }),
    );
  }
  const prepared = await prepare({ ...common, fold: "all" }, caller, open);
  return closing(prepared, async () => {
    const places = new Map(namesOf(prepared.sets.train).map((name, i) => [name, i]));
    const indexed = runs.map(({ names, ...run }): FoldRun => ({
      ...run,
      samples: names.map((name) => places.get(name)!),
    }));
    const results = await refitJob(followed(prepared, common), indexed, originOf(prepared, common, caller));
    await finishRun(prepared, common, results);
    return results;
  });
}

/** The folder of a fold's run, in that of the whole, which belongs to the same configuration but for the fold. */
function within(out: string, open: OpenRun): OpenRun {
  return async (path, configuration) => {
    await open(out, { ...configuration, "the fold that validates": null });
    return open(path, configuration);
  };
}

async function closing<T>({ sets }: Prepared, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await sets.close();
  }
}

function namesOf({ content }: Prepared["sets"]["train"]): readonly string[] {
  return content!.names;
}
