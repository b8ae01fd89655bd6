import { endingOf, UserError } from "taskhead/inputs";
import { partsOf, pathOf, type PlacedFile } from "./placed-file.js";

/** What is said of a file that samples are not read from, by its ending. */
const insteadOf: Readonly<Record<string, string>> = {
  ".onnx": "is a model, which step 2 takes; give samples here",
  ".zip": "is a zip in a zip; unpack it, and give what is in it",
  ".txt": "lies in no folder that could say its class; give one folder of .txt files for each class, or a table",
  ...Object.fromEntries(
    [".xlsx", ".xls", ".ods", ".numbers"].map((ending) => [
      ending,
      "is a workbook; save its sheet as CSV in UTF-8, and give that",
    ]),
  ),
  ...Object.fromEntries(
    [".rar", ".7z", ".xz", ".bz2"].map((ending) => [
      ending,
      "is packed in a way that browsers cannot open; unpack it, and give what is in it",
    ]),
  ),
};

/** Whether there are .txt files in folders. */
export function holdsTexts(files: readonly PlacedFile[]): boolean {
  return files.some((file) => endingOf(file.path) === ".txt" && partsOf(file).length > 1);
}

/** Files among which there are no samples. */
export function nothingIn(files: readonly PlacedFile[]): UserError {
  const told = files.find((file) => insteadOf[endingOf(file.path)]) ?? files[0];
  if (!told) return new UserError("there are no files in what was given; give a folder of samples, a table or a zip");
  const path = pathOf(told);
  const own = insteadOf[endingOf(told.path)];
  if (own !== undefined) return new UserError(`${path} ${own}`);
  const others = files.length === 1 ? "is nothing" : `and ${files.length - 1} more are nothing`;
  return new UserError(
    `${path} ${others} that samples are read from; give pictures or .txt files in a folder for each class, or a table (.csv)`,
  );
}
