import type { DataSummary, HardSample, ObjectiveName } from "@taskhead/core/internals";
import { capital, percent, shorten, significant } from "../words/format.js";
import { classColour, hexOf } from "../masks/colours.js";
import { escapeHtml } from "./escape.js";
import type { GalleryItem } from "./pictures.js";
import { taggedText } from "./tagged-text.js";

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
  const [title, explained] = hardest(subject.objective, sample);
  return [
    group(
      doubtful,
      "Labels to check",
      `The model is as sure of another answer as it usually is where that is the right one. If the ${sample} bears it out,
the label is wrong; if not, something misleads the model.`,
      subject,
    ),
    group(others, title, explained, subject),
  ]
    .filter(Boolean)
    .join("\n");
}

function hardest(objective: ObjectiveName, sample: string): [title: string, explained: string] {
  switch (objective) {
    case "regression":
      return ["Furthest off", `The ${sample}s with the highest loss.`];
    case "segmentation":
      return ["Hardest", "The images with the highest mean loss, in the order of it."];
    case "token-classification":
      return ["Hardest", `Of the ${sample}s with wrong tags those with the highest loss, a mean over their words.`];
    default:
      return ["Hardest", "Wrong answers with the highest loss: those that gave the right one least."];
  }
}

function group(items: readonly GalleryItem[], title: string, explained: string, subject: GallerySubject): string {
  if (items.length === 0) return "";
  return `<h4>${title}</h4><p>${explained}</p>${cards(items, subject, "model says")}`;
}

/** The first few, as a list. @param says what stands before the answer */
export function cards(items: readonly GalleryItem[], subject: GallerySubject, says: string): string {
  const shown = items.slice(0, mostShown).map((item) => card(item, subject, says));
  const texts = items.some((item) => item.text !== undefined) ? " texts" : "";
  if (subject.objective === "segmentation")
    return `${mapLegend(subject)}<ul class="gallery pictured">${shown.join("\n")}</ul>`;
  // Of a drawing the lines are to be told apart.
  const drawn = items.some((item) => item.thumbnail?.startsWith("data:image/svg+xml")) ? " drawn" : "";
  return `<ul class="gallery${texts}${drawn}">${shown.join("\n")}</ul>`;
}

/** Columns of a card of maps, by what is shown. */
const mapTitles = { truth: "labelled", before: "probed head", after: "fine-tuned" } as const;

/** A picture, its labels and what was answered, side by side. */
function mapCard(item: GalleryItem, subject: GallerySubject): string {
  const { labelled, answered, about } = words(item, subject);
  const shown = (src: string | null | undefined, title: string): string =>
    src
      ? `<figure><img src="${escapeHtml(src)}" alt="${escapeHtml(`${item.name}: ${title}`)}"><figcaption>${title}</figcaption></figure>`
      : "";
  const maps = (["truth", "before", "after"] as const).map((one) => shown(item.maps?.[one], mapTitles[one])).join("");
  const most =
    answered.name === ""
      ? ""
      : `; most others <bdi>${escapeHtml(shorten(labelled.name, 40))}</bdi> taken for <bdi>${escapeHtml(shorten(answered.name, 40))}</bdi>`;
  return `<li><div class="maps">${shown(item.thumbnail, "image")}${maps}</div><span class="told">${escapeHtml(about)}${most}</span><span class="file"><bdi>${escapeHtml(item.name)}</bdi></span></li>`;
}

/** Which colour is which class, those that occur in what is shown first; of many classes all the same. */
function mapLegend({ outputs }: GallerySubject): string {
  const items = outputs.map(
    (name, c) =>
      `<li><span class="swatch" style="background:${hexOf(classColour(c))}"></span><bdi>${escapeHtml(shorten(name, 40))}</bdi></li>`,
  );
  return `<ul class="legend swatches">${items.join("")}<li><span class="swatch" style="background:${hexOf(classColour(-1))}"></span>does not count</li></ul>`;
}

function card(item: GalleryItem, subject: GallerySubject, says: string): string {
  if (subject.objective === "segmentation") return mapCard(item, subject);
  const file = `<span class="file"><bdi>${escapeHtml(item.name)}</bdi></span>`;
  if (item.words) return `<li><blockquote><bdi>${taggedText(item, subject.outputs)}</bdi></blockquote>${file}</li>`;
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
    `${file}</li>`
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
    case "token-classification":
      return {
        labelled: { name: outputs[truth] ?? "", share: null },
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
  return `${capital(sample)}s that it gets ${objective === "regression" || objective === "segmentation" ? "most " : ""}wrong`;
}
