import { posix } from "node:path";
import { besideModels } from "../files/beside-models.js";
import { UserError } from "../files/errors.js";
import type { HubAddress } from "../files/hub-address.js";
import { chosenModel } from "../files/model-folder.js";
import { externalNamesOf } from "../files/model-inputs.js";
import type { HubFile } from "./cache.js";
import type { Hub } from "./hub.js";
import { Repository, sizeInWords } from "./repository.js";

/** A model of the hub on this machine. */
export interface FetchedModel {
  /** Its .onnx file. */
  readonly file: string;
  /** The folder that it is laid out in. */
  readonly folder: string;
  readonly commit: string;
}

/**
 * Fetches a model: one .onnx file, the weights that it keeps beside itself, and the files that say how it is fed. Nothing else
 * of the repository, which may have the same weights in ten forms.
 * @param address with a path, that of an .onnx file, or of a folder with a model
 * @param pinned the commit that a run has begun with
 * @throws {UserError} if it cannot be had, or there are several and none has a usual name
 */
export async function fetchModel(hub: Hub, address: HubAddress, pinned?: string): Promise<FetchedModel> {
  const repository = await Repository.open(hub, address, pinned);
  const files = new Map((await repository.files()).map((file) => [file.path, file]));
  const model = modelIn(files, address, repository);
  const among = (paths: readonly string[]): HubFile[] =>
    paths.flatMap((path) => files.get(posix.normalize(path)) ?? []);
  const beside = posix.dirname(model);
  const folder = posix.basename(beside) === "onnx" ? posix.dirname(beside) : beside;
  const folders = [...new Set([beside, folder])];
  // The card says which licence holds.
  const own = among([
    "README.md",
    model,
    ...folders.flatMap((one) => besideModels.map((name) => posix.join(one, name))),
  ]);
  await repository.fetch(own);
  const file = repository.place(model);
  const weights = among(externalNamesOf(file).map((name) => posix.join(beside, name)));
  await repository.fetch(weights);
  const bytes = [files.get(model)!, ...weights].reduce((sum, { size }) => sum + size, 0);
  hub.listener.onProgress?.({
    kind: "message",
    text: `takes ${repository.pinned(model)} (${sizeInWords(bytes)})`,
  });
  return { file, folder: repository.place(folder === "." ? "" : folder), commit: repository.commit };
}

/** Which .onnx file is meant. */
function modelIn(files: ReadonlyMap<string, HubFile>, { path }: HubAddress, repository: Repository): string {
  if (files.has(path) && path.endsWith(".onnx")) return path;
  const root = path === "" ? "" : `${path}/`;
  const all = [...files.keys()].filter((name) => name.endsWith(".onnx")).sort();
  if (path.endsWith(".onnx"))
    throw new UserError(
      `${repository.pinned()} is not there; ${all.length > 0 ? `give one that is, such as ${repository.pinned(all[0])}` : "the repository has no .onnx file: give another"}`,
    );
  const below = all.filter((name) => name.startsWith(root)).map((name) => name.slice(root.length));
  // What lies deeper is one of several parts, unless there is nothing else.
  const near = below.filter((name) => /^(onnx\/)?[^/]+$/.test(name));
  const found = near.length > 0 ? near : below;
  if (found.length === 0)
    throw new UserError(
      `${repository.pinned()} has no .onnx file; give a repository that has been exported to ONNX, or export it with Optimum and give the folder`,
    );
  return root + chosenModel(found, repository.pinned(), (name) => repository.pinned(root + name));
}
