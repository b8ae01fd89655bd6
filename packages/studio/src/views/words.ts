import type { TableTask } from "taskhead/inputs";

/** What the lists of a table's columns are called on the page. */
export const textsIn = "Texts in";
export const targetsIn: Readonly<Record<TableTask, string>> = {
  classification: "Classes in",
  "multi-label": "Labels in",
  regression: "Numbers in",
};

/** A message of the command line, in the names that the page has for its options. */
export function onPage(message: string, task: TableTask = "classification"): string {
  return message
    .replace(
      "give --task token-classification, or name other columns",
      "taskhead tune --task token-classification learns them, a tab does not; name other columns",
    )
    .replace(/,? or (name )?two of pairs with --text a,b/g, "")
    .replace(/\(others are named with --text and --(label|columns)\)/g, "(others can be chosen)")
    .replace(/--text/g, `“${textsIn}”`)
    .replace(/--(label|columns)/g, `“${targetsIn[task]}”`);
}
