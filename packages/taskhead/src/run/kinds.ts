import type { Kind } from "../data/kind.js";
import { samplesKind, type JobFiles, type SamplesKind } from "../files/samples-kind.js";

/** Loaded when they are needed: what decodes pictures takes long. */
const kinds: Readonly<Record<SamplesKind, () => Promise<Kind>>> = {
  images: async () => (await import("../images/kind.js")).imageKind as unknown as Kind,
  "masked images": async () => (await import("../masks/kind.js")).maskKind as unknown as Kind,
  texts: async () => (await import("../text/kind.js")).textKind as unknown as Kind,
  molecules: async () => (await import("../graphs/kind.js")).moleculeKind as unknown as Kind,
  graphs: async () => (await import("../graphs/kind.js")).graphKind as unknown as Kind,
};

/** The kind of data that a job is on. */
export function kindOf(options: JobFiles): Promise<Kind> {
  return kinds[samplesKind(options)]();
}

/** The kind of data that an exported model is for, by its modality's name; undefined for one that no command reads. */
export async function kindNamed(modality: string): Promise<Kind | undefined> {
  return Object.hasOwn(kinds, modality) ? kinds[modality as SamplesKind]() : undefined;
}
