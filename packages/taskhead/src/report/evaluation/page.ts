import { shownPlace } from "../../files/hub-address.js";
import { capital, plural } from "../../words/format.js";
import { outputNouns } from "../../words/subject.js";
import { cells, classTable, confusionTable, shares } from "../classes.js";
import { escapeHtml, prose } from "../escape.js";
import { gallery, galleryTitle } from "../gallery.js";
import { commandLine, definitions, htmlPage, moment, section } from "../html.js";
import { probabilities } from "../mistakes.js";
import { outputTable } from "../outputs.js";
import { withPictures, type Picture } from "../pictures.js";
import { scores } from "../reading.js";
import { entityShares, typeTable } from "../types.js";
import type { Evaluation } from "./results.js";
import { caveatsOf, headlineOf } from "./words.js";

/** The whole page. */
export function evaluationPage(evaluation: Evaluation, pictures: readonly Picture[]): string {
  const { data, taskheadVersion, createdAt } = evaluation;
  return htmlPage({
    title: `${shownPlace(data.path)} scored`,
    taus: 0,
    version: taskheadVersion,
    createdAt,
    sections: [
      opening(evaluation),
      mistakes(evaluation, pictures),
      byOutput(evaluation),
      section("settings", "How to reproduce", settings(evaluation)),
    ],
  });
}

function opening(evaluation: Evaluation): string {
  const { data, createdAt, model } = evaluation;
  const caveats = caveatsOf(evaluation).map((caveat) => `<li>${prose(caveat)}</li>`);
  return `<section id="outcome" class="open" aria-labelledby="outcome-title">
<p class="kicker">taskhead evaluate · ${escapeHtml(shownPlace(model))} on ${escapeHtml(shownPlace(data.path))} · ${escapeHtml(moment(createdAt))}</p>
<h1 id="outcome-title">${escapeHtml(capital(headlineOf(evaluation)))}</h1>
${caveats.length > 0 ? `<ul class="caveats">${caveats.join("")}</ul>` : ""}
</section>`;
}

function mistakes({ hardest, data }: Evaluation, pictures: readonly Picture[]): string {
  const shown = gallery(withPictures(hardest, pictures, data.sample), data);
  return shown === "" ? "" : section("mistakes", escapeHtml(galleryTitle(data)), probabilities[data.objective] + shown);
}

function byOutput({ classes, confusion, outputs, data, metric }: Evaluation): string {
  const noun = outputNouns[data.objective];
  const title = `${capital(noun)} by ${noun}`;
  if (classes && confusion) {
    const own = { classes, confusion };
    const matrix = confusionTable(own);
    const shown = matrix === "" ? "" : `<h3>Confusion matrix</h3><p>${cells(data.sample)}</p>${matrix}`;
    return section(
      "classes",
      title,
      `<p>${shares(data.sample)}</p><div class="tall">${classTable(own, data.sample)}</div>${shown}`,
    );
  }
  if (classes)
    return section("types", "Type by type", `<p>${entityShares}</p><div class="tall">${typeTable(classes)}</div>`);
  if (!outputs) return "";
  const read = scores[data.objective](escapeHtml(data.sample));
  return section("outputs", title, `${read}<div class="tall">${outputTable(outputs, { data, metric })}</div>`);
}

function settings({ model, data, command }: Evaluation): string {
  return (
    definitions([
      ["Model", model],
      [capital(`${data.sample}s`), `${shownPlace(data.path)}: ${plural(data.count, data.sample)}`],
    ]) + commandLine(command)
  );
}
