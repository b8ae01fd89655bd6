import type { TuneResults } from "@taskhead/core";
import type { Blend, BlendScores } from "@taskhead/core/internals";
import { aheadInWords, blendedHow, blendNames } from "../words/blends.js";
import { capital, formatScore, plural, tauEquals } from "../words/format.js";
import { wayChart } from "./charts/blends.js";
import { escapeHtml, prose } from "./escape.js";
import { figures, section } from "./html.js";
import { oodNames } from "./ood-names.js";
import { table } from "./tables.js";

/** The section on averages of weights; empty where none were made, unless that needs a reason. */
export function blendsSection(results: TuneResults): string {
  const { blends, best, data } = results;
  if (!best) return "";
  if (!blends) return results.batchNormShift !== null && results.options["blends"] !== false ? leftOut : "";
  const how = blendedHow(results);
  const exported = how
    ? `The exported model is one of them: the best run (${tauEquals(best.tau)}), ${how}.`
    : `On the validation ${data.sample}s none is measurably above the best run, which is exported as it was trained.`;
  const intro =
    `Weights that the search had trained anyway, averaged: those of the best run with where it started (WiSE-FT), and ` +
    `those of its runs with each other (greedy soup${soupOf(results)}). Both were chosen on the ` +
    `${plural(data.validation.count, `validation ${data.sample}`)}, whose scores therefore flatter them. ${exported}`;
  return section(
    "blends",
    "Averaged weights",
    `<p>${prose(intro)}</p>${blendsTable(results)}${figures([wayChart(blends, results)])}`,
  );
}

const leftOut = section(
  "blends",
  "Averaged weights",
  "<p>None were made: BatchNorm was trained, and averaged weights would need running statistics of their own.</p>",
);

function soupOf({ blends, backbone }: TuneResults): string {
  const soup = blends!.soup;
  if (soup) return `: ${tauEquals(...soup.of.map((one) => one.tau))}, of ${plural(soup.tried, "run")}`;
  return backbone.reinitialisedBlocks > 0
    ? ", left out here: blocks that started afresh have statistics of their own for each τ"
    : ", left out here: fewer than two runs were trained to the end";
}

interface Row {
  name: string;
  scores: BlendScores;
  blend: Blend | null;
  exported: boolean;
}

function blendsTable({ blends, best, metric, data }: TuneResults): string {
  const { wiseFt, soup } = blends!;
  const names = blendNames(blends!);
  const rows: Row[] = [
    { name: "best run alone", scores: wiseFt.course.at(-1)!, blend: null, exported: best!.blend === null },
    { name: names.wiseFt, scores: wiseFt, blend: wiseFt, exported: best!.blend === "wise-ft" },
    ...(soup ? [{ name: names.soup!, scores: soup, blend: soup, exported: best!.blend === "soup" }] : []),
  ];
  return table<Row>({
    caption: `Averages of weights, ${metric.name}`,
    rows,
    winner: ({ exported }) => exported,
    groups: [
      {
        name: "",
        columns: [
          { head: "Model", cell: ({ name }) => escapeHtml(capital(name)), text: true },
          { head: "Validation", cell: ({ scores }) => formatScore(scores.validationScore, metric) },
          ...(data.test ? [{ head: "Test", cell: ({ scores }: Row) => formatScore(scores.testScore, metric) }] : []),
          ...oodNames(data.ood).map((name, i) => ({
            head: escapeHtml(name),
            cell: ({ scores }: Row) => formatScore(scores.ood[i], metric),
          })),
          {
            head: "On validation it is",
            cell: ({ blend }) => (blend ? prose(aheadInWords(blend, metric)) : ""),
            text: true,
          },
        ],
      },
    ],
  });
}
