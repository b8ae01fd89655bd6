import { guide } from "@taskhead/core";
import { readEvidence } from "../run/read-evidence.js";
import { guideText } from "../terminal/guide.js";
import { inWords } from "../words/guide.js";
import { subjectOf } from "../words/subject.js";
import type { Context } from "./context.js";

/** `taskhead guide`: what finished runs say of their task. */
export async function guideCommand(
  runs: readonly string[],
  { json }: { json: boolean },
  context: Pick<Context, "print">,
): Promise<void> {
  const evidence = await readEvidence(runs);
  const { regime, advice } = guide(evidence);
  const subject = subjectOf(evidence);
  const found = { regime, advice: inWords(advice, subject) };
  context.print(json ? JSON.stringify(found) : guideText(advice, subject));
}
