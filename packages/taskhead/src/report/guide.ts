import { guide, type TuneResults } from "@taskhead/core";
import { evidenceOf } from "../results/evidence.js";
import { byPart } from "../words/guide.js";
import { subjectOf } from "../words/subject.js";
import { prose } from "./escape.js";
import { section } from "./html.js";

/** The guide as a section of the report. */
export function guideSection(results: TuneResults): string {
  const evidence = [evidenceOf(results)];
  const lists = byPart(guide(evidence).advice, subjectOf(evidence)).map(({ title, sentences }) => {
    const items = sentences.map((sentence) => `<li>${prose(sentence)}</li>`);
    return `<h3>${title}</h3>\n<ul class="caveats">${items.join("\n")}</ul>`;
  });
  return section("guide", "Guide: what this means, and what to try next", lists.join("\n"));
}
