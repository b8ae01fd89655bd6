import type { Advice } from "@taskhead/core";
import { byPart } from "../report/index.js";

/** The guide's sentences, each on a line of its own. */
export function guideText(advice: readonly Advice[]): string {
  return byPart(advice)
    .map(({ title, sentences }) => [title, ...sentences.map((sentence) => `  - ${sentence}`)].join("\n"))
    .join("\n\n");
}
