import type { ObjectiveName, Target } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";
import { listed } from "../listed.js";
import { areFractions } from "./doubtful-names.js";

/** What a source of samples calls that which is to be predicted of them. */
export interface Terms {
  task: ObjectiveName;
  /** The file or folder that says it. */
  where: string;
  /** The columns of the file that were read. */
  columns: readonly string[];
  /** Whether folders are the classes, rather than a file's cells. */
  folders: boolean;
  /** The classes, sorted; the labels; or the names of the numbers. */
  outputs: readonly string[];
}

/**
 * The same targets in terms of other outputs. A file may mention fewer classes or labels, but not lack a column.
 * @throws {UserError} naming the classes, labels or columns that `other` has alone, and columns that it lacks
 */
export function targetsInTermsOf(train: Terms, other: Terms, targets: readonly Target[]): Target[] {
  const missing = outputsAreColumns(train) ? train.outputs.filter((name) => !other.outputs.includes(name)) : [];
  refuseDifferent(train, other, missing);
  const places = other.outputs.map((name) => train.outputs.indexOf(name));
  return targets.map((target) => {
    if (typeof target === "number") return places[target]!;
    const own = train.outputs.map(() => 0);
    target.forEach((value, i) => (own[places[i]!] = value));
    return own;
  });
}

/** Whether each output is a column, not a value in one. */
export function outputsAreColumns({ columns, outputs }: Pick<Terms, "columns" | "outputs">): boolean {
  return columns.length === outputs.length && columns.every((name, i) => name === outputs[i]);
}

/** Targets in terms of a model that is trained already. */
export interface ModelTargets {
  /** Of each sample; undefined where its class is none of the model's. */
  targets: (Target | undefined)[];
  /** Classes and labels that are none of the model's, and how many samples have them. */
  unknown: { label: string; samples: number }[];
}

/**
 * The same targets in terms of a trained model's outputs. Classes and labels that the model does not know are told; numbers
 * have to be there.
 * @throws {UserError} if a column is lacking that the model predicts
 */
export function targetsForModel(outputs: readonly string[], found: Terms, targets: readonly Target[]): ModelTargets {
  if (found.task === "regression") requireColumns(outputs, found);
  const places = found.outputs.map((name) => outputs.indexOf(name));
  const has = (target: Target, place: number): boolean =>
    typeof target === "number" ? target === place : target[place] === 1;
  const unknown =
    found.task === "regression"
      ? []
      : found.outputs.flatMap((label, i) =>
          places[i]! >= 0 ? [] : [{ label, samples: targets.filter((one) => has(one, i)).length }],
        );
  // A label that a list does not have is no; one without a column is not known.
  const absent = outputsAreColumns(found) ? NaN : 0;
  const own = outputs.map((name) => found.outputs.indexOf(name));
  return {
    unknown,
    targets: targets.map((target) => {
      if (typeof target === "number") return places[target]! < 0 ? undefined : places[target]!;
      return own.map((i) => target[i] ?? absent);
    }),
  };
}

/** What to say where no sample is left. @param samples "image" @param where as it was asked for */
export function noneKnown(samples: string, where: string, found: Terms, outputs: readonly string[]): UserError {
  return new UserError(
    `${where} has no ${samples} of what the model knows: it has ${listed(found.outputs)}, the model ${listed(outputs)}; give ${samples}s of the model's classes`,
  );
}

function requireColumns(outputs: readonly string[], { where, outputs: columns }: Terms): void {
  const lacking = outputs.filter((name) => !columns.includes(name));
  if (lacking.length > 0)
    throw new UserError(
      `${where} has no column ${listed(lacking)}, which the model predicts; add ${lacking.length > 1 ? "them" : "it"}, empty where nothing is known`,
    );
}

function refuseDifferent(train: Terms, other: Terms, missing: readonly string[]): void {
  const known = new Set(train.outputs);
  const extra = other.outputs.filter((name) => !known.has(name));
  if (missing.length + extra.length === 0) return;
  const parts = [missing.length > 0 && `lacks ${listed(missing)}`, extra.length > 0 && `also has ${listed(extra)}`];
  const things = {
    classification: "classes",
    "multi-label": "labels",
    regression: "columns",
    "token-classification": "tags",
    segmentation: "classes",
  }[train.task];
  const wanted = other.folders ? "class folders" : things;
  const fractions = train.task === "classification" && areFractions([...train.outputs, ...other.outputs]);
  const remedy = `both need the same ${wanted}${fractions ? ", or --task regression if these numbers are measured" : ""}`;
  throw new UserError(
    `the ${things} of ${other.where} are not those of ${train.where}: it ${parts.filter(Boolean).join(" and ")}; ${remedy}`,
  );
}
