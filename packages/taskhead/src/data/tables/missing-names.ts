import type { ObjectiveName, Target } from "@taskhead/core/internals";
import { plain, plural } from "../../words/format.js";
import { named } from "../listed.js";
import { mostTold } from "./told-rows.js";

/** What programs write where they know nothing. */
const missing = /^(nan|n\/?a|#n\/a|<na>|null|nil|none|undefined|[-?.]+)$/i;

/** Samples in whose classes or listed labels one is looked for. */
export interface NamedTargets {
  readonly outputs: readonly string[];
  readonly targets: readonly Target[];
  /** What people call a sample: `reviews.csv:17`. */
  nameOf(index: number): string;
}

/** Classes, or labels of lists, that look like a cell of which nothing is known, a line each. @param sample "text" */
export function missingNotes(
  { outputs, targets, nameOf }: NamedTargets,
  task: ObjectiveName,
  { where, sample }: { where: string; sample: string },
): string[] {
  return outputs.flatMap((name, output) => {
    if (!missing.test(name)) return [];
    const own = targets.flatMap((target, i) =>
      (typeof target === "number" ? target === output : target[output] === 1) ? [i] : [],
    );
    const others = own.length - mostTold;
    const told = own.slice(0, mostTold).map(nameOf).join(", ") + (others > 0 ? ` and ${others} more` : "");
    return plain(
      `${task === "classification" ? "class" : "label"} ${named(name)} of ${plural(own.length, sample)} in ${where} (${told}) looks like a missing value: if it is, leave these cells empty`,
    );
  });
}
