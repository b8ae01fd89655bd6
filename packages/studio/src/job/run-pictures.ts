import type { TuneResults } from "@taskhead/core";
import {
  DamagedError,
  hardMapsKey,
  readJson,
  RunStore,
  runOf,
  writeJson,
  type Configuration,
} from "@taskhead/core/internals";
import type { Picture, Pictures } from "taskhead/report";
import type { SetName } from "../data/sets.js";
import type { OpenedProject } from "./opened-project.js";
import { keys } from "./project.js";

/** Under which key of a run's store its report's pictures are, as the command line has them. */
export const picturesKey = "pictures.json";

/** So many of each list a report shows. */
const mostShown = 24;

/** Keeps beside a run what its report shows of the samples that it gets most wrong. */
export async function keepPictures(project: OpenedProject, { best, labels }: TuneResults): Promise<Pictures> {
  const store = await runStore(project);
  const of = async (
    list: readonly { readonly index: number }[],
    set: SetName,
    answers?: Uint8Array,
  ): Promise<Picture[]> => {
    const indices = list.slice(0, mostShown).map(({ index }) => index);
    const places = indices.map((index) => project.places[set][index]!);
    // A report does without what cannot be shown: the run is what counts.
    const shown = await project.samples.shown(places, answers).catch(() => []);
    return shown.map((one, i) => ({ index: indices[i]!, ...one }));
  };
  const pictures = {
    labels: await of(labels?.list ?? [], "train"),
    validation: await of(best?.hardest.validation ?? [], "validation", await store.read(hardMapsKey("validation"))),
    test: await of(best?.hardest.test ?? [], "test", await store.read(hardMapsKey("test"))),
  };
  await writeJson(store, picturesKey, pictures);
  return pictures;
}

/** Those that were kept; undefined without them. */
export async function keptPictures(project: OpenedProject): Promise<Pictures | undefined> {
  try {
    return await readJson<Pictures>(await runStore(project), picturesKey);
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    return undefined;
  }
}

async function runStore({ store }: OpenedProject): Promise<RunStore> {
  const own = store.within(keys.run);
  const run = await readJson<{ configuration?: Configuration }>(own, "run.json");
  return new RunStore(own, run?.configuration && (await runOf(run.configuration)));
}
