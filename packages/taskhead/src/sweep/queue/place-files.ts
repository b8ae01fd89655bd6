import { relative } from "node:path";
import { samplesKind } from "../../files/samples-kind.js";
import type { TuneOptions } from "../../options/table.js";
import type { SharedStore } from "../../store/open-store.js";
import { putModel, putSamples, withinFolder, type PlacedFile } from "./files.js";
import { placeNames, type Files } from "./payload.js";

/** Sees to it that workers find the data and models of a sweep in the store. @throws the signal's reason once it is aborted */
export async function placeFiles(
  groups: readonly TuneOptions[],
  { store, folder }: SharedStore,
  signal?: AbortSignal,
): Promise<Files> {
  const placed = new Map<string, PlacedFile>();
  const images = samplesKind(groups[0]!) === "images";
  const samples = (path: string): Promise<PlacedFile> => putSamples(store, path, images, signal);
  const model = (path: string): Promise<PlacedFile> => putModel(store, path, signal);
  const place = async (path: string, put: typeof model): Promise<PlacedFile> => {
    const file = withinFolder(folder, path) ?? withinPlaced(placed, path) ?? (await put(path));
    placed.set(path, file);
    return file;
  };
  const files: Partial<Record<(typeof placeNames)[number], PlacedFile>> = {};
  for (const name of placeNames) {
    // Some are for one method alone.
    const path = groups.map((group) => group[name]).find((one) => one !== undefined);
    if (path !== undefined) files[name] = await place(path, name === "backbone" || name === "side" ? model : samples);
  }
  const ood: PlacedFile[] = [];
  for (const path of groups[0]!.ood) ood.push(await place(path, samples));
  return { ...files, ood } as Files;
}

/** What lies in a folder that is placed goes with it: a file of labels names images beside it. */
function withinPlaced(placed: ReadonlyMap<string, PlacedFile>, path: string): PlacedFile | undefined {
  for (const [folder, file] of placed) {
    const inner = relative(folder, path).replaceAll("\\", "/");
    if (inner === "") return file;
    if ("list" in file && !inner.startsWith("..")) return { list: file.list, path: `${file.path}/${inner}` };
  }
  return undefined;
}
