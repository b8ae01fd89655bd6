import type { TuneResults } from "@taskhead/core";
import { labelsFound, labelsRule } from "../words/labels.js";
import { escapeHtml } from "./escape.js";
import { cards, mostShown } from "./gallery.js";
import { section } from "./html.js";
import { withPictures, type Pictures } from "./pictures.js";

/** The training samples whose label is to be checked, as a gallery; empty where there are none. */
export function labelsSection(
  { labels, data }: Pick<TuneResults, "labels" | "data">,
  pictures: Pictures | null,
): string {
  if (!labels || labels.list.length === 0) return "";
  const doubtful = labels.list.slice(0, mostShown).map((one) => ({ ...one, output: null, doubtful: true }));
  const items = withPictures(doubtful, pictures?.labels ?? [], data.sample);
  const said = `<p>${escapeHtml(labelsFound(labels, data.sample))} ${escapeHtml(labelsRule(data.sample))} In percent: what
those heads give to each class. Those of the highest EL2N, ‖e_y − p‖, come first; labels-to-check.csv in the run folder has the list.</p>`;
  return section("labels", "Training labels to check", said + cards(items, data, "heads say"));
}
