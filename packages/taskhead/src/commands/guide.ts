import { guide } from "@taskhead/core";
import type { Command } from "commander";
import { readEvidence } from "../run/read-evidence.js";
import { guideText } from "../terminal/guide.js";
import { inWords } from "../words/guide.js";
import { subjectOf } from "../words/subject.js";
import type { Context } from "./context.js";

/** `taskhead guide`: what finished runs say of their task. */
export function registerGuide(program: Command, context: Pick<Context, "print">): void {
  program
    .command("guide")
    .description("which regime a task is in, how sure that is, and what to try next, from finished runs")
    .argument("<runs...>", "run folder of taskhead tune, or several that differ in --seed alone")
    .option("--json", "print one JSON object on standard output", false)
    .option("--verbose", "show the stack of an error", false)
    .action(async (runs: string[], { json }: { json: boolean }) => {
      const evidence = await readEvidence(runs);
      const { regime, advice } = guide(evidence);
      const subject = subjectOf(evidence);
      const found = { regime, advice: inWords(advice, subject) };
      context.print(json ? JSON.stringify(found) : guideText(advice, subject));
    });
}
