import { isTable } from "../data/table.js";
import type { Kind } from "../data/kind.js";
import { fileBeside, modelFileIn } from "../files/model-folder.js";
import type { TuneOptions } from "../options/options.js";

/** Loaded when they are needed: what decodes pictures takes long. */
const kinds: Readonly<Record<string, () => Promise<Kind>>> = {
  images: async () => (await import("../images/kind.js")).imageKind as unknown as Kind,
  texts: async () => (await import("../text/kind.js")).textKind as unknown as Kind,
};

/**
 * The kind of data that a job is on: texts where the training samples are a table, or the model has a tokenizer beside it and
 * nothing that says how it takes pictures; else images.
 */
export async function kindOf({ train, backbone }: Pick<TuneOptions, "train" | "backbone">): Promise<Kind> {
  const model = modelFileIn(backbone);
  const has = (name: string): boolean => fileBeside(model, name) !== undefined;
  const readsText = has("tokenizer.json") && !has("preprocessor_config.json");
  return kinds[isTable(train) || readsText ? "texts" : "images"]!();
}

/** The kind of data that an exported model is for, by its modality's name; undefined for one that no command reads. */
export async function kindNamed(modality: string): Promise<Kind | undefined> {
  return Object.hasOwn(kinds, modality) ? kinds[modality]!() : undefined;
}
