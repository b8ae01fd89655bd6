import type { LabelledText } from "./texts.js";

/** Which group each of some samples is of. */
export interface OwnGroups {
  /** The column that says it. */
  readonly column: string;
  /** null of one that names none. */
  readonly of: readonly (string | null)[];
}

/** What is kept of the groups of some samples; nothing where none are kept together. */
export function ownGroups(
  { group }: { readonly group?: string | null },
  samples: readonly Pick<LabelledText, "group">[],
): { readonly groups?: OwnGroups } {
  return typeof group !== "string" ? {} : { groups: { column: group, of: samples.map((one) => one.group ?? null) } };
}
