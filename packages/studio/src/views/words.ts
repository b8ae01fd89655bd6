import type { ObjectiveName } from "@taskhead/core/internals";

/** What the lists of a table's columns are called on the page. */
export const targetsIn: Readonly<Record<ObjectiveName, string>> = {
  classification: "Classes in",
  "multi-label": "Labels in",
  regression: "Numbers in",
  "token-classification": "Tags in",
  segmentation: "Classes in",
};

export function textsIn(task: ObjectiveName, rows: "texts" | "molecules" = "texts"): string {
  if (rows === "molecules") return "SMILES in";
  return task === "token-classification" ? "Words in" : "Texts in";
}

/** A message of the command line, in the names that the page has for its options. */
export function onPage(message: string, task: ObjectiveName = "classification"): string {
  return message
    .replace("give --task token-classification", "take the task of tags of words")
    .replace(/ \(from --size [^)]*\)/g, "")
    .replace(/(; check them), and --ignore/g, "$1")
    .replace(
      /add it to the file of classes, or leave it out with --ignore/g,
      "add it to classes.json, or its value as “ignore” there",
    )
    .replace(/,? or (name )?two of pairs with --text a,b/g, "")
    .replace(/\(others are (named|given) with (--(text|smiles) and )?--(label|columns)\)/g, "(others can be chosen)")
    .replace("leave --group out", "choose none")
    .replace(/name another with --group/g, "choose another")
    .replace(/ with --(val|test)/g, "")
    .replace(/--group/g, "“Groups in”")
    .replace(/--text/g, `“${textsIn(task)}”`)
    .replace(/--smiles/g, `“${textsIn(task, "molecules")}”`)
    .replace(/--(label|columns)/g, `“${targetsIn[task]}”`);
}
