import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ObjectiveName } from "@taskhead/core/internals";
import { UserError } from "../files/errors.js";
import { readCard } from "../files/exported.js";
import { readModelFile } from "../files/model-file.js";
import type { TuneOptions } from "../options/table.js";
import { openServed, type Served } from "./serve.js";

/** What an exported model gives. */
export interface Answering {
  objective: ObjectiveName;
  /** The classes, the labels, or the names of the numbers. */
  outputs: string[];
}

/** An exported model in its folder, not yet loaded. */
export interface ExportedModel extends Answering {
  folder: string;
  /** @throws {UserError} if the runtime is missing, or the file is not what was exported */
  open(device?: TuneOptions["device"]): Promise<Served>;
}

/**
 * @param out run folder of a finished tuning, or the folder of its model
 * @throws {UserError} if it holds no exported model of this version
 */
export async function findModel(out: string): Promise<ExportedModel> {
  const folder = [join(out, "model"), out].find((one) => existsSync(join(one, "taskhead.json")));
  if (folder === undefined)
    throw new UserError(
      `${out} holds no exported model (model/taskhead.json); give the --out folder of a finished taskhead tune`,
    );
  const open: ExportedModel["open"] = async (device) =>
    openServed(await readModelFile(join(folder, "onnx", "model.onnx")), { device });
  return { folder, ...(await cardOf(join(folder, "taskhead.json"))), open };
}

/** @throws {UserError} if the file is none of this version's, or is not what was exported */
async function cardOf(file: string): Promise<Answering> {
  const { objective, outputs } = (await readCard(file)) as Partial<Answering>;
  if (objective && Array.isArray(outputs)) return { objective, outputs };
  throw new UserError(`${file} does not say what the model's outputs are; export it again with taskhead tune`);
}
