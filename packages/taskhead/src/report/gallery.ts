import type { DataSummary, HardSample } from "@taskhead/core/internals";
import { capital, percent, significant } from "../words/format.js";
import { escapeHtml } from "./escape.js";
import type { GalleryItem } from "./pictures.js";

/** What a gallery's words depend on. */
export type GallerySubject = Pick<DataSummary, "objective" | "outputs" | "sample">;

/** So many of each kind are shown. */
const most = 12;

/**
 * The samples that a model gets most wrong, as HTML: first those whose label may be wrong, then the others, none twice.
 * Empty without any.
 * @param items the highest loss first
 */
export function gallery(items: readonly GalleryItem[], subject: GallerySubject): string {
  const sample = escapeHtml(subject.sample);
  const [doubtful, others] = [items.filter((item) => item.doubtful), items.filter((item) => !item.doubtful)];
  const hardest =
    subject.objective === "regression"
      ? ["Furthest off", `The ${sample}s with the highest loss.`]
      : ["Hardest", `Wrong answers with the highest loss: little was given to the right one.`];
  return [
    group(
      doubtful,
      "Labels to check",
      `The model surely answers otherwise. Where the ${sample} bears it out, the label is wrong; where it does not, the
model has learned something that misleads it.`,
      subject,
    ),
    group(others, hardest[0]!, hardest[1]!, subject),
  ].join("\n");
}

function group(items: readonly GalleryItem[], title: string, explained: string, subject: GallerySubject): string {
  if (items.length === 0) return "";
  const shown = items.slice(0, most).map((item) => card(item, subject));
  return `<h4>${title}</h4><p>${explained}</p><ul class="gallery">${shown.join("\n")}</ul>`;
}

function card(item: GalleryItem, subject: GallerySubject): string {
  const { labelled, answered, subjectOf } = words(item, subject);
  const alternative = `${subjectOf ? `${subjectOf}: ` : ""}labelled ${labelled}, the model says ${answered}`;
  const picture =
    item.thumbnail === null
      ? `<span class="no-picture" aria-hidden="true">no picture</span>`
      : `<img src="${escapeHtml(item.thumbnail)}" alt="${escapeHtml(alternative)}" loading="lazy">`;
  const line = (name: string, text: string): string =>
    `<span class="told"><span>${name}</span> <strong><bdi>${escapeHtml(text)}</bdi></strong></span>`;
  return (
    `<li>${picture}${subjectOf ? `<span class="told"><bdi>${escapeHtml(subjectOf)}</bdi></span>` : ""}` +
    line("labelled", labelled) +
    line("model says", answered) +
    `<span class="file"><bdi>${escapeHtml(item.name)}</bdi></span></li>`
  );
}

/** A sample's truth and answer in the words of its task; `subjectOf` says of which output, where there are several. */
function words(
  { truth, answer, output, probability, loss }: HardSample,
  { objective, outputs }: GallerySubject,
): { labelled: string; answered: string; subjectOf: string } {
  const subjectOf = output === null ? "" : (outputs[output] ?? "");
  switch (objective) {
    case "classification":
      return {
        // The loss is −log of what the right class got.
        labelled: `${outputs[truth]} (${percent(Math.exp(-loss))})`,
        answered: `${outputs[answer]} (${percent(probability)})`,
        subjectOf,
      };
    case "multi-label":
      return { labelled: yes(truth), answered: `${yes(answer)} (${percent(probability)})`, subjectOf };
    case "regression":
      return { labelled: significant(truth), answered: significant(answer), subjectOf };
  }
}

function yes(answer: number): string {
  return answer === 1 ? "yes" : "no";
}

/** What a section on these samples is called: "Images that it gets wrong". */
export function galleryTitle({ objective, sample }: GallerySubject): string {
  return `${capital(sample)}s that it gets ${objective === "regression" ? "most " : ""}wrong`;
}
