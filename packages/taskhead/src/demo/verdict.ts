import { compareAccuracies } from "../report/outcome.js";
import type { TuneResults, TuneRow } from "../report/index.js";

/** One sentence on what a run shows: the best tau against tau 0 and the longest probing, each with its error. */
export function verdict({ rows, data, best }: TuneResults): string {
  const winner = rows.find((row) => row.tau === best?.tau);
  if (!winner || winner.bestValidationScore === null) return "Every run diverged: nothing can be said.";
  const images = data.validation.count;
  const ends = new Set([rows[0]!, rows.at(-1)!]);
  ends.delete(winner);
  const against = [...ends].map((row) => relation(winner.bestValidationScore!, row, images));
  const reached = `Fine-tuning from tau ${winner.tau} reached ${percent(winner.bestValidationScore)} on ${images} validation images`;
  return `${[reached, ...(against.length ? [`against ${against.join(" and ")}`] : [])].join(", ")}; tau and epoch were chosen on these images, which flatters the winner.`;
}

function relation(winner: number, row: TuneRow, images: number): string {
  const accuracy = row.bestValidationScore;
  if (accuracy === null) return `tau ${row.tau}, which diverged`;
  const { standardError } = compareAccuracies(winner, accuracy, images);
  const end = row.stopped ? ` stopped at epoch ${row.epochs.length}` : "";
  const said = `${percent(accuracy)} from tau ${row.tau}${end}`;
  if (standardError === null) return said;
  const beyond = winner - accuracy > 2 * standardError;
  return `${said} (${beyond ? "beyond" : "within"} two standard errors of the difference, ${(200 * standardError).toFixed(1)} points)`;
}

function percent(accuracy: number): string {
  return `${(100 * accuracy).toFixed(1)} %`;
}
