import { guide, type Advice, type Part } from "@taskhead/core";
import { evidenceOf } from "./evidence.js";
import { escapeHtml } from "./format.js";
import { section } from "./html.js";
import type { TuneResults } from "@taskhead/core";

/** What each part of the guide is called, in the order in which they come. */
export const partTitles: Record<Part, string> = {
  regime: "How much the features have to adapt",
  seen: "What was seen",
  chosen: "What was chosen",
  next: "What to try next",
  caution: "What to bear in mind",
};

/** The guide's sentences under the title of their part; parts with nothing to say are left out. */
export function byPart(advice: readonly Advice[]): { title: string; sentences: string[] }[] {
  return Object.entries(partTitles)
    .map(([part, title]) => ({ title, sentences: advice.filter((one) => one.part === part).map(({ text }) => text) }))
    .filter(({ sentences }) => sentences.length > 0);
}

/** The guide as a section of the report. */
export function guideSection(results: TuneResults): string {
  const { advice } = guide([evidenceOf(results)]);
  const lists = byPart(advice).map(({ title, sentences }) => {
    const items = sentences.map((sentence) => `<li>${escapeHtml(sentence)}</li>`);
    return `<h3>${title}</h3>\n<ul class="caveats">${items.join("\n")}</ul>`;
  });
  return section("guide", "Guide: what this means, and what to try next", lists.join("\n"));
}
