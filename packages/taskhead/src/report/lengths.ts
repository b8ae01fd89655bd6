import type { DataSummary } from "@taskhead/core/internals";
import { count, percent, plain, plural } from "../words/format.js";
import { lengthChart } from "./charts/lengths.js";
import { escapeHtml, prose } from "./escape.js";
import { figures, section } from "./html.js";

/** How long the training samples are that differ in length, and what was cut of them; empty for others. */
export function lengthsSection({ train, sample }: Pick<DataSummary, "train" | "sample">): string {
  const { lengths } = train;
  if (!lengths) return "";
  const { median, longest, most, cut } = lengths;
  const usual = `Half of the ${plural(train.count, `training ${sample}`)} have ${plural(median, "token")} or fewer`;
  const whole = longest === null ? "" : `, and the longest that is read whole has ${count(longest)}`;
  const were = cut === 1 ? "is longer and was" : "are longer and were";
  const what =
    cut === 0
      ? `None was cut: a ${sample} may have ${count(most)}, which --max-length sets.`
      : `Of all, ${count(cut)} (${percent(cut / train.count)}) ${were} cut to ${count(most)}, the bar at the right; --max-length sets another length, as far as the model takes it.`;
  const intro = `<p>${prose(plain(`${usual}${whole}. ${what}`))}</p>`;
  return section("lengths", `How long the ${escapeHtml(sample)}s are`, intro + figures([lengthChart(lengths, sample)]));
}
