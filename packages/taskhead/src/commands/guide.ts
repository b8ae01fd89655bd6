import { guide } from "@taskhead/core";
import { readEvidence } from "../run/read-evidence.js";
import { guideText } from "../terminal/guide.js";
import { guideObject } from "../words/guide.js";
import { subjectOf } from "../words/subject.js";
import type { Context } from "./context.js";

/** `taskhead guide`: what runs say of their task, finished or probed. */
export async function guideCommand(
  runs: readonly string[],
  { json }: { json: boolean },
  context: Pick<Context, "print">,
): Promise<void> {
  const evidence = await readEvidence(runs);
  context.print(json ? JSON.stringify(guideObject(evidence)) : guideText(guide(evidence).advice, subjectOf(evidence)));
}
