import type { DataSummary, HardSample } from "@taskhead/core/internals";
import { capital, percent, shorten, significant } from "../words/format.js";
import { escapeHtml } from "./escape.js";
import type { GalleryItem } from "./pictures.js";

/** What a gallery's words depend on. */
export type GallerySubject = Pick<DataSummary, "objective" | "outputs" | "sample">;

/** Of a text that is shown. */
const mostLetters = 280;

/** So many of each kind are shown. */
export const mostShown = 12;

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
      : ["Hardest", "Wrong answers with the highest loss: those that gave the right one least."];
  return [
    group(
      doubtful,
      "Labels to check",
      `The model is as sure of another answer as it usually is where that is the right one. If the ${sample} bears it out,
the label is wrong; if not, something misleads the model.`,
      subject,
    ),
    group(others, hardest[0]!, hardest[1]!, subject),
  ]
    .filter(Boolean)
    .join("\n");
}

function group(items: readonly GalleryItem[], title: string, explained: string, subject: GallerySubject): string {
  if (items.length === 0) return "";
  return `<h4>${title}</h4><p>${explained}</p>${cards(items, subject, "model says")}`;
}

/** The first few, as a list. @param says what stands before the answer */
export function cards(items: readonly GalleryItem[], subject: GallerySubject, says: string): string {
  const shown = items.slice(0, mostShown).map((item) => card(item, subject, says));
  const texts = items.some((item) => item.text !== undefined) ? " texts" : "";
  return `<ul class="gallery${texts}">${shown.join("\n")}</ul>`;
}

function card(item: GalleryItem, subject: GallerySubject, says: string): string {
  const { labelled, answered, about } = words(item, subject);
  const alternative = `${about ? `${about}: ` : ""}labelled ${labelled.name}, the ${says} ${answered.name}`;
  const picture =
    item.text !== undefined
      ? `<blockquote><bdi>${escapeHtml(shorten(item.text, mostLetters))}</bdi></blockquote>`
      : item.thumbnail === null
        ? `<span class="no-picture" aria-hidden="true">no picture</span>`
        : `<img src="${escapeHtml(item.thumbnail)}" alt="${escapeHtml(alternative)}">`;
  const line = (how: string, { name, share }: Answer): string =>
    `<span class="told"><span>${how}</span> <strong><bdi>${escapeHtml(shorten(name, 40))}</bdi></strong>${share === null ? "" : ` <span>${percent(share)}</span>`}</span>`;
  return (
    `<li>${picture}${about ? `<span class="told"><bdi>${escapeHtml(about)}</bdi></span>` : ""}` +
    line("labelled", labelled) +
    line(says, answered) +
    `<span class="file"><bdi>${escapeHtml(item.name)}</bdi></span></li>`
  );
}

interface Answer {
  name: string;
  /** what the model gives it, 0..1; null where it gives nothing */
  share: number | null;
}

/** A sample's truth and the model's answer in the words of its task, and what they are about, where that is one of several. */
function words(
  { truth, answer, output, probability, loss, right }: HardSample,
  { objective, outputs }: GallerySubject,
): { labelled: Answer; answered: Answer; about: string } {
  const about = output === null ? "" : (outputs[output] ?? "");
  switch (objective) {
    case "classification":
      return {
        // The loss is −log of what the right class got.
        labelled: { name: outputs[truth] ?? "", share: Math.exp(-loss) },
        answered: { name: outputs[answer] ?? "", share: probability },
        about,
      };
    case "segmentation":
      return {
        labelled: { name: outputs[truth] ?? "", share: null },
        answered: { name: outputs[answer] ?? "", share: null },
        about: `${percent(right ?? null)} of its pixels right`,
      };
    case "multi-label":
      return {
        labelled: { name: yes(truth), share: null },
        answered: { name: yes(answer), share: probability },
        about,
      };
    case "regression": {
      // Numbers are standardised for training, and what rounding leaves of a 0 is not worth telling.
      const told = (value: number): string =>
        significant(Math.abs(value) < 1e-6 * Math.max(Math.abs(truth), Math.abs(answer)) ? 0 : value);
      return {
        labelled: { name: told(truth), share: null },
        answered: { name: told(answer), share: null },
        about,
      };
    }
  }
}

function yes(answer: number): string {
  return answer === 1 ? "yes" : "no";
}

/** What a section on these samples is called: "Images that it gets wrong". */
export function galleryTitle({ objective, sample }: GallerySubject): string {
  return `${capital(sample)}s that it gets ${objective === "regression" ? "most " : ""}wrong`;
}
