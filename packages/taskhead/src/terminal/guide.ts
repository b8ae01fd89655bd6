import type { Advice } from "@taskhead/core/internals";
import { byPart } from "../words/guide.js";
import type { GuideSubject } from "../words/subject.js";

/** The guide's sentences, each on a line of its own. */
export function guideText(advice: readonly Advice[], subject: GuideSubject): string {
  return byPart(advice, subject)
    .map(({ title, sentences }) => [title, ...sentences.map((sentence) => `  - ${sentence}`)].join("\n"))
    .join("\n\n");
}
