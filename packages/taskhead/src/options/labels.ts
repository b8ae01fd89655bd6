import { resolve } from "node:path";
import { SettingError } from "@taskhead/core/settings";
import { archiveEnding } from "../files/archive-ending.js";
import { tableEndings } from "../files/table-endings.js";

/** What `--labels` and `--columns` say. */
export interface AskedLabels {
  readonly labels?: string | undefined;
  readonly columns?: readonly string[] | undefined;
}

/**
 * What is meant by labels: of a folder of images a file beside them, which is made absolute; of tables and
 * archives the names of the columns of labels.
 * @param kind of the samples, by the name of their modality
 * @param path of the samples
 * @throws {SettingError} if the columns of a table are named twice
 */
export function labelsAsked(
  kind: string,
  path: string,
  { labels, columns }: AskedLabels,
): { labels?: string; columns?: string[] } {
  const named = columns === undefined ? {} : { columns: [...columns] };
  if (labels === undefined) return named;
  const ofImages = kind === "images" || kind === "masked images";
  const saysItself = archiveEnding.test(path) || tableEndings.some((ending) => path.toLowerCase().endsWith(ending));
  if (ofImages && !saysItself) return { ...named, labels: resolve(labels) };
  if (columns !== undefined && columns.length > 0)
    throw new SettingError(
      "labels",
      (flag) => `${flag("labels")} and ${flag("columns")} both name columns of a table; leave one of them out`,
    );
  const names = labels.split(",").map((name) => name.trim());
  return { columns: names.filter((name) => name !== "") };
}
