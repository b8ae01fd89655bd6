import type { BestRun, DataSummary, ObjectiveName } from "@taskhead/core/internals";
import { plural } from "../words/format.js";
import { escapeHtml } from "./escape.js";
import { gallery, galleryTitle } from "./gallery.js";
import { section } from "./html.js";
import { withPictures, type Pictures } from "./pictures.js";

/** What the numbers beside the answers are, as HTML. */
export const probabilities: Record<ObjectiveName, string> = {
  classification: "<p>In percent: the probability that the model gives to each answer.</p>",
  "multi-label":
    "<p>Of each, the label that is furthest off. In percent: the probability that the model gives its answer.</p>",
  regression: "",
  "token-classification":
    "<p>Words with a wrong tag are marked: first the tag that they have, then the one that the model gives.</p>",
  segmentation:
    "<p>In percent: the part of a picture's labelled pixels that is right. Most of the others are of one class and taken for another.</p>",
};

/** What the winner gets wrong as a section, a gallery for each set, the test samples first; empty where there is nothing. */
export function mistakes(best: Pick<BestRun, "hardest"> | null, data: DataSummary, pictures: Pictures | null): string {
  if (best === null) return "";
  const sets = (["test", "validation"] as const).flatMap((set) => {
    const shown = gallery(withPictures(best.hardest[set], pictures?.[set] ?? [], data.sample), data);
    const name = plural(data[set]?.count ?? 0, `${set} ${data.sample}`);
    return shown === "" ? [] : [`<h3>Of the ${escapeHtml(name)}</h3>${shown}`];
  });
  return sets.length === 0
    ? ""
    : section("mistakes", escapeHtml(galleryTitle(data)), probabilities[data.objective] + sets.join("\n"));
}
