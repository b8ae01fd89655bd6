import type { Target } from "@taskhead/core/internals";
import type { LabelledText } from "../data/texts.js";

/** What is left to learn of the samples that could be read: without the classes of which none could. */
export function withoutLost(
  { task, outputs }: { readonly task: string; readonly outputs: readonly string[] },
  known: readonly Pick<LabelledText, "target">[],
): { outputs: readonly string[]; targets: readonly Target[] } {
  const targets = known.map(({ target }) => target);
  if (task !== "classification") return { outputs, targets };
  const met = new Set(targets as number[]);
  const left = outputs.flatMap((_, i) => (met.has(i) ? [i] : []));
  return { outputs: left.map((i) => outputs[i]!), targets: targets.map((target) => left.indexOf(target as number)) };
}
