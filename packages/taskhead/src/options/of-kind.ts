import type { SamplesKind } from "../files/samples-kind.js";
import type { Optioned } from "./table.js";

/** Options that say how samples of one kind are read. */
const ofKind = {
  images: ["size", "mean", "std", "augment", "labels", "label"],
  "masked images": ["size", "mean", "std", "augment", "palette", "ignore"],
  texts: ["text", "label", "maxLength"],
  molecules: ["smiles", "label", "split", "inputs"],
  graphs: ["label", "inputs"],
} as const satisfies Record<SamplesKind, readonly (keyof Optioned)[]>;

/** In the order in which they are told, where an option is for several. */
const kinds = Object.keys(ofKind) as SamplesKind[];

/** Such an option, and whose it is. */
export interface Foreign {
  readonly option: keyof Optioned;
  readonly kind: SamplesKind;
}

/**
 * The first option that is given and is for samples of other kinds alone.
 * @param isGiven whether an option is
 */
export function foreignTo(kind: SamplesKind, isGiven: (option: keyof Optioned) => boolean): Foreign | undefined {
  const own: readonly string[] = ofKind[kind];
  for (const other of kinds) {
    const option = ofKind[other].find((name) => !own.includes(name) && isGiven(name));
    if (option !== undefined) return { option, kind: other };
  }
  return undefined;
}
