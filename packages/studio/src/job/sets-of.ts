import { split, type Targets } from "@taskhead/core";
import { pickTargets, type Groups } from "@taskhead/core/internals";
import { capital, requireValidationTargets, splitSentence } from "taskhead/inputs";
import type { OwnGroups } from "../data/groups.js";
import type { SetName } from "../data/sets.js";
import { seed, validationShare, type Project } from "./project.js";
import type { OpenedSamples } from "./samples.js";

/** Of each set the places of its samples. */
export type Places = Readonly<Record<SetName, readonly number[]>>;

/** Samples that are to be divided. */
interface Divided {
  readonly targets: Targets;
  readonly keys: readonly string[];
  readonly groups?: Groups | undefined;
}

/**
 * Of each set the places of its samples. Where none were given to validate on, a part of those to train on is kept back.
 * @param own which set each is of, where they were given in sets
 */
export function setsOf({ targets, keys, groups }: Divided, own?: readonly SetName[]): Places {
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

/** Groups as a split takes them; undefined where no column says them. */
export function groupsOf(groups: OwnGroups | undefined): Groups | undefined {
  return groups?.of.map((group) => group ?? undefined);
}

/**
 * The sets of a project's samples, those of one group on one side.
 * @returns with what is to be known of it, a sentence each
 * @throws {UserError} if there are too few to validate on, or groups leave none
 */
export function dividedSamples(
  { task, outputs, groups: own, sets }: Pick<Project, "task" | "outputs" | "groups" | "sets">,
  { targets, keys, groups: usual, modality }: Pick<OpenedSamples, "targets" | "keys" | "groups" | "modality">,
): { readonly places: Places; readonly said: readonly string[] } {
  const groups = groupsOf(own) ?? usual;
  const places = setsOf({ targets, keys, groups }, sets?.of);
  if (sets?.of.includes("validation")) return { places, said: [] };
  const { sample } = modality;
  const source = { task, where: sets?.where.train ?? "what was given", outputs, sample };
  requireValidationTargets(own ? { ...source, group: own.column } : source, pickTargets(targets, places.validation));
  return { places, said: own ? [`${capital(splitSentence(own.column, groups!, places, sample))}.`] : [] };
}
