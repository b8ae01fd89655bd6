import type { TuneResults, TuneRow } from "@taskhead/core";
import { compareScores, verdictOf } from "@taskhead/core/internals";
import { formatDistance, formatInterval, formatScore, plain, tau } from "../words/format.js";
import { named } from "../words/subject.js";

/** One sentence on what a run shows: the best tau against tau 0 and the longest probing, each with its interval. */
export function verdict(results: TuneResults): string {
  const { rows, data, best } = results;
  const winner = rows.find((row) => row.tau === best?.tau);
  if (!winner || winner.bestValidationScore === null) return "Every run diverged: nothing can be said.";
  const ends = new Set([rows[0]!, rows.at(-1)!]);
  ends.delete(winner);
  const against = [...ends].map((row) => relation(winner, row, results));
  const samples = `${data.validation.count} validation ${data.sample}s`;
  const reached = `Fine-tuning from tau ${tau(winner.tau)} reached ${named(winner.bestValidationScore, results)} on ${samples}`;
  const sentence = [reached, ...(against.length ? [`against ${against.join(" and ")}`] : [])].join(", ");
  return plain(`${sentence}; tau and epoch were chosen on these ${data.sample}s, which flatters the winner.`);
}

function relation(winner: TuneRow, row: TuneRow, { metric, data }: TuneResults): string {
  const score = row.bestValidationScore;
  if (score === null || row.collapsed) return `tau ${tau(row.tau)}, which ${row.diverged ? "diverged" : "collapsed"}`;
  const difference = compareScores(
    { ...winner, score: winner.bestValidationScore! },
    { ...row, score },
    { metric, samples: data.validation.count },
  );
  const { difference: ahead } = difference;
  const end = row.stopped ? ` stopped at epoch ${row.epochs.length}` : "";
  const doubt = verdictOf(difference) === "level" ? ", which may be chance" : "";
  const less = `${formatDistance(ahead, metric)} ${ahead < 0 ? "more" : "less"}, ${formatInterval(difference, metric)}`;
  return `${formatScore(score, metric)} from tau ${tau(row.tau)}${end} (${less}${doubt})`;
}
