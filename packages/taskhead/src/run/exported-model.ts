import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Kind } from "../data/kind.js";
import type { Answering, Served } from "../data/serving.js";
import { UserError } from "../files/errors.js";
import { readCard } from "../files/exported.js";
import { readModelFile } from "../files/model-file.js";
import type { SamplesKind } from "../files/samples-kind.js";
import { flagOf } from "../options/command-line.js";
import { foreignTo } from "../options/of-kind.js";
import { optionTable, type Optioned, type TuneOptions } from "../options/table.js";
import { kindNamed } from "./kinds.js";

/** An exported model in its folder, not yet loaded. */
export interface ExportedModel extends Answering {
  readonly kind: Kind;
  /** What it was chosen by, where classes were not scored by accuracy. */
  readonly metric?: TuneOptions["metric"];
  /** @throws {UserError} if the runtime is missing, or the file is not what was exported */
  open(device?: TuneOptions["device"]): Promise<Served<unknown>>;
}

/** What it says of itself besides. */
interface Card {
  readonly modality?: string;
  /** As it is called: `ROC-AUC`. */
  readonly metric?: string;
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
  const file = join(folder, "taskhead.json");
  const { objective, outputs, modality, metric } = (await readCard(file)) as Partial<Answering> & Card;
  if (!objective || !Array.isArray(outputs) || modality === undefined)
    throw new UserError(`${file} does not say what the model's outputs are; export it again with taskhead tune`);
  const kind = await kindNamed(modality);
  if (!kind) throw new UserError(`${file} is of a model of ${modality}, which no command reads; use it as a library`);
  const model = join(folder, "onnx", "model.onnx");
  if (!existsSync(model))
    throw new UserError(`${model} is missing; run the same taskhead tune again, which exports it anew`);
  const answering = { folder, objective, outputs };
  const open: ExportedModel["open"] = async (device) =>
    kind.serving.open(answering, await readModelFile(model), device);
  return { ...answering, kind, open, ...(metric === "ROC-AUC" ? { metric: "roc-auc" as const } : {}) };
}

/** @throws {UserError} on an option for samples of another kind than the model's: it would do nothing */
export function refuseForeign(
  { kind, folder }: ExportedModel,
  given: { readonly [Name in keyof Optioned]?: unknown },
): void {
  const foreign = foreignTo(kind.name as SamplesKind, (name) => given[name] !== undefined);
  if (foreign !== undefined)
    throw new UserError(
      `${flagOf(optionTable)(foreign.option)} is for ${foreign.kind}, and ${folder} is a model of ${kind.name}; leave it out`,
    );
}
