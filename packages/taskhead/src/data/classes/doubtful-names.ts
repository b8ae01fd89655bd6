import type { ObjectiveName } from "@taskhead/core/internals";
import { listed } from "../listed.js";

/** What looks like a mistake in what classes or labels are called, a line each. @param where the file or folder that says it */
export function doubtfulNames(task: ObjectiveName, names: readonly string[], where: string): string[] {
  switch (task) {
    case "regression":
      return [];
    case "classification":
      return [...alikeNotes(names, "classes", where), ...measuredNotes(names, where)];
    case "token-classification":
      return [...alikeNotes(names, "labels", where), ...oddTagNotes(names, where)];
    default:
      return alikeNotes(names, "labels", where);
  }
}

/** Names that a reader may take for one: they differ in case, in what is hardly seen, or in how a number is written. */
function alikeNotes(names: readonly string[], things: "classes" | "labels", where: string): string[] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const seen = name
      .toLowerCase()
      .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
      .replace(/\s+/gu, " ")
      .trim();
    // Not of `1.2.3`, nor of codes with more digits than a number has.
    const key = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(seen) && seen.length < 16 ? String(Number(seen)) : seen;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  const alike = [...groups.values()].filter((group) => group.length > 1);
  return alike
    .slice(0, 3)
    .map(
      (group) =>
        `${things} ${listed(group)} in ${where} differ in case, in spaces or in how a number is written: if they are one, give them one name`,
    );
}

function measuredNotes(classes: readonly string[], where: string): string[] {
  const measured = measuredRemedy(classes);
  return measured === undefined ? [] : [`the classes of ${where} are numbers with fractions: ${measured}`];
}

/** What to do where what should be classes are numbers that someone measured; undefined where they are none. */
export function measuredRemedy(classes: readonly string[]): string | undefined {
  if (areFractions(classes)) return "if they are measured, give --task regression";
  const commas = classes.length > 0 && classes.every((name) => /^\s*[+-]?\d+(,\d+)?\s*$/.test(name));
  return commas && classes.some((name) => name.includes(","))
    ? "if they are measured, write them with a point in place of the comma and give --task regression"
    : undefined;
}

/** Tags that begin otherwise than most: one of them makes all of them types without a beginning. */
function oddTagNotes(tags: readonly string[], where: string): string[] {
  const others = tags.filter((tag) => tag !== "O");
  const odd = others.filter((tag) => !/^[BIELSU]-./.test(tag));
  if (odd.length === 0 || 2 * odd.length > others.length - odd.length) return [];
  return [
    `${odd.length === 1 ? "tag" : "tags"} ${listed(odd)} in ${where} ${odd.length === 1 ? "does" : "do"} not begin with a letter and a hyphen, as the others do: entities are therefore told by equal tags in a row; mend what is mistyped`,
  ];
}

/** Numbers, some of them no whole ones: rarely meant as classes. `1.0` is whole, as tables that lost some cells have it. */
export function areFractions(names: readonly string[]): boolean {
  const numbers = names.map((name) => (name.trim() === "" ? NaN : Number(name)));
  return numbers.every(Number.isFinite) && !numbers.every(Number.isInteger);
}
