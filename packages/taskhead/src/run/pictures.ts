import { basename, relative, resolve } from "node:path";
import type { BestRun, HardSample, LabelsToCheck, TuneSets } from "@taskhead/core/internals";
import type { FileImages } from "../images/image-files.js";
import { thumbnail } from "../images/thumbnail.js";
import { mostShown } from "../report/gallery.js";
import type { Picture, Pictures } from "../report/pictures.js";

/** Under which key of a run's store the gallery's pictures are, so that its report can be written again without the images. */
export const picturesKey = "pictures.json";

/** Small copies of the images that the winner gets most wrong, and of those whose label is to be checked. */
export async function picturesOf(
  { best, labels }: { best: Pick<BestRun, "hardest"> | null; labels: LabelsToCheck | null },
  { train, validation, test }: TuneSets<FileImages>,
): Promise<Pictures> {
  const root = train.summary?.path;
  const { hardest } = best ?? { hardest: { validation: [], test: [] } };
  const doubtful = labels?.list.slice(0, mostShown) ?? [];
  return {
    labels: await thumbnails(doubtful, train.source.files, root),
    validation: await thumbnails(hardest.validation, validation.source.files, validation.summary?.path ?? root),
    test: test ? await thumbnails(hardest.test, test.source.files, test.summary?.path) : [],
  };
}

/** @param files of the whole set @param root the folder that names are told from */
export async function thumbnails(
  samples: readonly Pick<HardSample, "index">[],
  files: readonly string[],
  root: string | null | undefined,
): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const { index } of samples) {
    const file = files[index]!;
    pictures.push({ index, name: nameIn(root, file), thumbnail: await thumbnail(file) });
  }
  return pictures;
}

function nameIn(root: string | null | undefined, file: string): string {
  const name = root ? relative(resolve(root), file) : "";
  return name === "" || name.startsWith("..") ? basename(file) : name.replaceAll("\\", "/");
}
