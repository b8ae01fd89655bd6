import { split } from "@taskhead/core";
import { pickTargets } from "@taskhead/core/internals";
import type { SetName } from "../data/sets.js";
import { seed, validationShare } from "./project.js";
import type { OpenedSamples } from "./samples.js";

/**
 * Of each set the places of its samples. Where none were given to validate on, a part of those to train on is kept back.
 * @param own which set each is of, where they were given in sets
 */
export function setsOf(
  { targets, keys, groups }: Pick<OpenedSamples, "targets" | "keys" | "groups">,
  own?: readonly SetName[],
): Readonly<Record<SetName, readonly number[]>> {
  const of = (set: SetName): number[] => keys.flatMap((_, i) => ((own?.[i] ?? "train") === set ? [i] : []));
  const [train, validation, test] = [of("train"), of("validation"), of("test")];
  if (validation.length > 0) return { train, validation, test };
  const parts = split(
    pickTargets(targets, train),
    validationShare,
    seed,
    train.map((i) => keys[i]!),
    groups && train.map((i) => groups[i]),
  );
  const places = (chosen: readonly number[]): number[] => chosen.map((i) => train[i]!);
  return { train: places(parts.train), validation: places(parts.validation), test };
}
