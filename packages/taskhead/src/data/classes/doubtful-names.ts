import type { ObjectiveName } from "@taskhead/core/internals";
import { listed } from "../listed.js";

/** What looks like a mistake in what classes or labels are called, a line each. @param where the file or folder that says it */
export function doubtfulNames(task: ObjectiveName, names: readonly string[], where: string): string[] {
  switch (task) {
    case "regression":
      return [];
    case "classification":
      return [...alikeNotes(names, "classes", where), ...measuredNotes(names, where)];
    default:
      return alikeNotes(names, "labels", where);
  }
}

/** Names that a reader may take for one: they differ in case, or in spaces. */
function alikeNotes(names: readonly string[], things: "classes" | "labels", where: string): string[] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const key = name.toLowerCase().replace(/\s+/gu, " ").trim();
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  const alike = [...groups.values()].filter((group) => group.length > 1);
  return alike
    .slice(0, 3)
    .map(
      (group) =>
        `${things} ${listed(group)} in ${where} differ in case or spaces alone: if they are one, give them one name`,
    );
}

function measuredNotes(classes: readonly string[], where: string): string[] {
  return areFractions(classes)
    ? [`the classes of ${where} are numbers with fractions: if they are measured, give --task regression`]
    : [];
}

/** Numbers, some of them no whole ones: rarely meant as classes. `1.0` is whole, as tables that lost some cells have it. */
export function areFractions(names: readonly string[]): boolean {
  const numbers = names.map((name) => (name.trim() === "" ? NaN : Number(name)));
  return numbers.every(Number.isFinite) && !numbers.every(Number.isInteger);
}
