import type { ObjectiveName } from "@taskhead/core/internals";
import { noneKnown, targetsForModel } from "../data/classes/terms.js";
import { scanTexts } from "./scan-texts.js";
import type { AskedColumns } from "./text-columns.js";
import { termsOfTexts, type TextSample, type TextSource } from "./text-source.js";

/** Texts to score a model on, and what the table has that the model does not know. */
export interface LabelledTexts {
  /** In terms of the model's outputs. */
  source: TextSource;
  /** Classes and labels that are none of the model's, and how many texts have them. */
  unknown: { label: string; samples: number }[];
}

/**
 * Reads labelled texts for a model that is trained already; of a data set's folder the test set. It may lack classes that the
 * model has; what it has besides is told: texts of such a class are left out, such a label is passed over.
 * @throws {UserError} if no text is left
 */
export async function labelledTexts(
  { objective, outputs }: { objective: ObjectiveName; outputs: readonly string[] },
  path: string,
  asked: Omit<AskedColumns, "task" | "preferred">,
): Promise<LabelledTexts> {
  const found = await scanTexts(path, {
    ...asked,
    task: objective,
    ...(objective === "classification" ? {} : { preferred: outputs }),
    set: "test",
    fewest: 1,
    known: outputs,
  });
  if (objective === "token-classification") return { source: found, unknown: found.unknown ?? [] };
  const own = found.samples.map((sample) => sample.target);
  const { targets, unknown } = targetsForModel(outputs, termsOfTexts(found), own);
  const samples = found.samples.flatMap((sample, i): TextSample[] =>
    targets[i] === undefined ? [] : [{ ...sample, target: targets[i] }],
  );
  if (samples.length === 0) throw noneKnown("text", path, termsOfTexts(found), outputs);
  return { source: { ...found, outputs: [...outputs], samples }, unknown };
}
