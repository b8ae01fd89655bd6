import { resolve } from "node:path";
import { SettingError } from "@taskhead/core/settings";

/** What `--labels` and `--columns` say. */
export interface AskedLabels {
  readonly labels?: string | undefined;
  readonly columns?: readonly string[] | undefined;
}

/**
 * What is meant by labels: of images a file beside them, which is made absolute; of tables the names of the columns of labels.
 * @param kind of the samples, by the name of their modality
 * @throws {SettingError} if the columns of a table are named twice
 */
export function labelsAsked(kind: string, { labels, columns }: AskedLabels): { labels?: string; columns?: string[] } {
  const named = columns === undefined ? {} : { columns: [...columns] };
  if (labels === undefined) return named;
  if (kind === "images" || kind === "masked images") return { ...named, labels: resolve(labels) };
  if (columns !== undefined && columns.length > 0)
    throw new SettingError(
      "labels",
      (flag) => `${flag("labels")} and ${flag("columns")} both name columns of a table; leave one of them out`,
    );
  const names = labels.split(",").map((name) => name.trim());
  return { columns: names.filter((name) => name !== "") };
}
