import { basename } from "node:path";
import Table from "cli-table3";
import type { ProbingPoint, TuneResults } from "../report/index.js";
import { duration, fixed, percent, significant } from "./format.js";

/** The fine-tuned candidates, one row per tau, the winner starred. */
export function tuneTable(results: TuneResults): string {
  const rows = results.rows.map((row) => [
    `${row.tau === results.best?.tau ? "★ " : "  "}${row.tau}`,
    percent(row.probeValidationScore),
    fixed(row.energy, 3),
    row.diverged ? "diverged" : percent(row.validationScore),
    row.bestValidationScore === null ? "–" : `${percent(row.bestValidationScore)} (epoch ${row.bestEpoch})`,
    significant(row.euclidean),
    fixed(row.cosine, 3),
    significant(row.dot),
    significant(row.norm),
    ...row.ood.map((score) => percent(score.finetuned)),
    row.learningRate?.toPrecision(2) ?? "–",
    duration(row.seconds),
    row.stopped ? `stopped at epoch ${row.epochs.length}` : "",
  ]);
  const beforeOod = ["  tau", "probing", "energy", "fine-tuned", "best epoch", "euclidean", "cosine", "dot", "norm"];
  const ood = results.data.ood.map(({ path }) => `ood ${basename(path ?? "")}`);
  return table([...beforeOod, ...ood, "rate", "time", ""], rows);
}

/** What the other rate of each tau came to, in a line; empty where one rate was tried. */
export function otherRatesLine({ otherRates }: TuneResults): string {
  const shown = otherRates.map(({ tau, learningRate, bestValidationScore, diverged, stopped, epochs }) => {
    const outcome = diverged ? "diverged" : percent(bestValidationScore);
    return `tau ${tau} at ${learningRate?.toPrecision(2)}: ${outcome}${stopped ? ` by epoch ${epochs.length}` : ""}`;
  });
  return shown.length > 0 ? `other rates: ${shown.join(" · ")}` : "";
}

/** The head at every tau that was measured. */
export function probingTable(points: readonly ProbingPoint[]): string {
  const rows = points.map((p) => [
    String(p.tau),
    fixed(p.loss, 4),
    percent(p.trainScore),
    percent(p.validationScore),
    fixed(p.energy, 3),
    significant(p.headNorm),
  ]);
  return table(["tau", "loss", "train", "validation", "energy", "‖W‖"], rows);
}

export function table(head: string[], rows: string[][], left: readonly number[] = []): string {
  const made = new Table({
    head,
    colAligns: head.map((_, column) => (left.includes(column) ? "left" : "right")),
    style: { head: [], border: [], compact: true },
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: " ",
    },
  });
  made.push(...rows);
  return made.toString();
}
