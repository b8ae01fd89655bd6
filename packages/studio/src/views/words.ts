import type { ObjectiveName } from "@taskhead/core/internals";
import { capital } from "taskhead/inputs";

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

/** A message as a sentence of its own. Names of files and models begin as they do. */
export function sentence(message: string): string {
  const whole = `${message.replace(/[.\s]+$/, "")}.`;
  return /^[a-z]+[ ,]/.test(whole) ? capital(whole) : whole;
}

/** A message of the command line, in the names that the page has for its options. */
export function onPage(message: string, task: ObjectiveName = "classification"): string {
  return message
    .replace("give --task token-classification", "take the task of tags of words")
    .replace("give --task regression", "take the task of regression")
    .replace("--task regression", "the task of regression")
    .replace(/use option size (\S+) instead of/, "set “Picture size” to $1 instead of")
    .replace("by option size", "as “Picture size”")
    .replace(
      "use a smaller option batch or option size, or a smaller model",
      "take a smaller model, or smaller pictures",
    )
    .replace(/(choose another value|name its (features|map)) by option features/, "take another model")
    .replace(/give it one \(option `operators`\), or train only what comes after it/, "take another model")
    .replace(/give rules for it \(option `operators`\), or (export the model without it)/, "$1, or take another")
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
