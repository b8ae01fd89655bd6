import type { Kind } from "../data/kind.js";
import type { TuneOptions } from "../options/options.js";

/** Loaded when they are needed: what decodes pictures takes long. */
const kinds: Readonly<Record<string, () => Promise<Kind>>> = {
  images: async () => (await import("../images/kind.js")).imageKind as unknown as Kind,
};

/** The kind of data that a job is on. */
export async function kindOf(_options: Pick<TuneOptions, "train">): Promise<Kind> {
  return kinds["images"]!();
}

/** The kind of data that an exported model is for, by its modality's name; undefined for one that no command reads. */
export async function kindNamed(modality: string): Promise<Kind | undefined> {
  return Object.hasOwn(kinds, modality) ? kinds[modality]!() : undefined;
}
