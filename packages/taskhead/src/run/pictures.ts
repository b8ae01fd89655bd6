import { hardMapsKey, type BestRun, type HardSample, type LabelsToCheck, type TuneSet } from "@taskhead/core/internals";
import type { Kind } from "../data/kind.js";
import { mostShown } from "../report/gallery.js";
import type { Picture, Pictures } from "../report/pictures.js";
import type { Prepared } from "./prepare.js";

/** What a page shows of the samples that the winner gets most wrong, and of those whose label is to be checked. */
export async function picturesOf(
  { best, labels }: { best: Pick<BestRun, "hardest"> | null; labels: LabelsToCheck | null },
  { kind, store, sets: { train, validation, test } }: Pick<Prepared, "kind" | "sets" | "store">,
): Promise<Pictures> {
  const root = train.summary?.path;
  const { hardest } = best ?? { hardest: { validation: [], test: [] } };
  return {
    labels: await picturesIn(kind, labels?.list.slice(0, mostShown) ?? [], train, root),
    validation: await picturesIn(
      kind,
      hardest.validation,
      validation,
      validation.summary?.path ?? root,
      await store.read(hardMapsKey("validation")),
    ),
    test: test
      ? await picturesIn(kind, hardest.test, test, test.summary?.path, await store.read(hardMapsKey("test")))
      : [],
  };
}

async function picturesIn(
  kind: Kind,
  samples: readonly Pick<HardSample, "index">[],
  { source }: TuneSet<Prepared["sets"]["train"]["source"]>,
  root: string | null | undefined,
  maps?: Uint8Array | null,
): Promise<Picture[]> {
  const indices = samples.map((one) => one.index);
  const shown = await kind.shown(source, indices, root, maps ?? undefined);
  return shown.map((one, i) => ({ index: indices[i]!, ...one }));
}
