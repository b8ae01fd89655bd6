import { accuracyError, compareTaus, type MethodName, type Tau } from "@taskhead/core";
import { NBSP, finite, fixed, list, percent, plural, tau, tauEquals } from "./format.js";
import type { BestRun, OodScore, ProbingPoint, TuneResults, TuneRow } from "@taskhead/core";

/**
 * How a difference stands against its standard error: at most one ("inside"), at most two ("weak"), more ("clear").
 * "unknown" without validation images.
 */
export type Verdict = "inside" | "weak" | "clear" | "unknown";

/** The winner against one baseline; accuracies and differences are fractions. */
export interface Comparison {
  name: string;
  /** the baseline in the middle of a sentence */
  phrase: string;
  accuracy: number | null;
  diverged: boolean;
  difference: number | null;
  standardError: number | null;
  verdict: Verdict;
}

export interface Outcome {
  title: string;
  /** the headline sentence, in plain words */
  headline: string;
  comparisons: Comparison[];
  /** what the reader should know before trusting the numbers */
  caveats: string[];
}

/**
 * The difference of two accuracies on the same n images and its standard error, as if the two were independent.
 * Both see the same images, so the true error is usually smaller: "inside" is said rather too often than too rarely.
 */
export function compareAccuracies(winner: number, baseline: number, images: number) {
  const difference = winner - baseline;
  const errors = [accuracyError(winner, images), accuracyError(baseline, images)];
  if (errors.includes(null)) return { difference, standardError: null, verdict: "unknown" as Verdict };
  const standardError = Math.hypot(...(errors as number[]));
  const ratio = Math.abs(difference) / standardError;
  const verdict: Verdict = ratio <= 1 ? "inside" : ratio <= 2 ? "weak" : "clear";
  return { difference, standardError, verdict };
}

/** The outcome of a run in words and numbers, computed from the results alone. */
export function outcomeOf(results: TuneResults): Outcome {
  const { best } = results;
  if (best === null) return failedOutcome(results);
  const comparisons = comparisonsOf(results, best);
  return {
    title: `${percent(best.validationScore)} on validation, ${recipe(results.method, best.tau)}`,
    headline: headlineOf(results, best, comparisons),
    comparisons,
    caveats: caveatsOf(results, best),
  };
}

function failedOutcome(results: TuneResults): Outcome {
  const taus = list(results.rows.map((row) => tau(row.tau)));
  return {
    title: "Every fine-tuning run diverged",
    headline: `Fine-tuning from τ${NBSP}=${NBSP}${taus} gave no finite result. A lower fine-tuning rate is the first thing to try.`,
    comparisons: [],
    caveats: [],
  };
}

function recipe(method: MethodName, best: Tau): string {
  if (method === "lp") return `by ${probed(best)} alone`;
  const tuned = `${method === "side" ? "side" : "fine"}-tuned`;
  return best === 0 ? `${tuned} from a random head` : `${tuned} after ${probed(best)}`;
}

/** "4 epochs of head probing", "head probing to convergence". */
function probed(value: Tau, probing = "head probing"): string {
  if (value === "converged") return `${probing} to convergence`;
  return `${tau(value)}${NBSP}epoch${value === 1 ? "" : "s"} of ${probing}`;
}

function comparisonsOf(results: TuneResults, best: BestRun): Comparison[] {
  const images = results.data.validation.count;
  const comparisons: Comparison[] = [];
  const add = (name: string, phrase: string, accuracy: number | null, diverged = false) => {
    const compared = accuracy === null ? null : compareAccuracies(best.validationScore, accuracy, images);
    comparisons.push({
      name,
      phrase,
      accuracy,
      diverged,
      difference: compared?.difference ?? null,
      standardError: compared?.standardError ?? null,
      verdict: compared?.verdict ?? "unknown",
    });
  };
  const probing = bestProbing(results.probing);
  if (probing !== null)
    add(
      `Head probing alone, backbone frozen (at its best, ${tauEquals(probing.tau)})`,
      "head probing alone",
      finite(probing.validationScore),
    );
  const first = results.rows.find((row) => row.tau === 0);
  if (first && best.tau !== 0)
    add(
      `Fine-tuning from a random head (${tauEquals(0)})`,
      "fine-tuning from a random head",
      reached(first),
      first.diverged,
    );
  const last = longest(results.rows);
  if (last && last.tau !== best.tau && last.tau !== 0)
    add(
      `Fine-tuning after the longest probing (${tauEquals(last.tau)}${last.stopped ? `, stopped at epoch ${last.epochs.length}` : ""})`,
      `fine-tuning after ${probed(last.tau, "probing")}`,
      reached(last),
      last.diverged,
    );
  return comparisons;
}

/** Probing gets the same favour as fine-tuning, its best moment on the validation images. */
function bestProbing(probing: ProbingPoint[]): ProbingPoint | null {
  const scored = probing.filter((point) => finite(point.validationScore) !== null);
  return scored.reduce<ProbingPoint | null>(
    (best, point) => (best === null || point.validationScore! > best.validationScore! ? point : best),
    null,
  );
}

function reached(row: TuneRow): number | null {
  return finite(row.bestValidationScore);
}

function longest(rows: TuneRow[]): TuneRow | undefined {
  return rows.reduce<TuneRow | undefined>(
    (last, row) => (last && compareTaus(last.tau, row.tau) >= 0 ? last : row),
    undefined,
  );
}

function headlineOf(results: TuneResults, best: BestRun, comparisons: Comparison[]): string {
  const { validation } = results.data;
  const how = courseOf(results.method, best.tau);
  const score = `${percent(best.validationScore)}${plusMinus(best.validationScore, validation.count)}`;
  const against = comparisons.flatMap((comparison) => relation(comparison) ?? []);
  const end = against.length > 0 ? `: ${list(against)}.` : ".";
  const failed = comparisons.filter((one) => one.diverged).map(({ phrase }) => ` ${capital(phrase)} diverged.`);
  return `${how} gets ${score} of ${plural(validation.count, "validation image")} right${end}${failed.join("")}`;
}

function courseOf(method: MethodName, best: Tau): string {
  const probing = `${capital(probed(best))} (${tauEquals(best)})`;
  if (method === "lp") return `${probing} alone`;
  const tuning = method === "side" ? "side-tuning" : "fine-tuning";
  return best === 0
    ? `${capital(tuning)} from a random head (${tauEquals(0)}), without probing it first,`
    : `${probing} and then ${tuning}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function plusMinus(accuracy: number, images: number): string {
  const error = accuracyError(accuracy, images);
  return error === null ? "" : ` (±${NBSP}${fixed(100 * error, 1)}, one standard error)`;
}

function relation({ phrase, difference, verdict }: Comparison): string | null {
  if (difference === null) return null;
  const points = fixed(Math.abs(difference) * 100, 1);
  if (points === "0.0") return `the same as ${phrase}`;
  const side = difference > 0 ? "above" : "below";
  return `${points}${NBSP}points${doubts[verdict]} ${side} ${phrase}`;
}

const doubts: Record<Verdict, string> = {
  inside: " (inside the standard error)",
  weak: " (less than two standard errors)",
  clear: "",
  unknown: "",
};

function caveatsOf(results: TuneResults, best: BestRun): string[] {
  const { rows, data } = results;
  const caveats: string[] = [];
  if (best.testScore !== null && data.test)
    caveats.push(
      `On the ${plural(data.test.count, "test image")}, which no choice has seen, the same model gets ` +
        `${percent(best.testScore)}${plusMinus(best.testScore, data.test.count)}. This is the number to quote.`,
    );
  data.ood.forEach(({ path, count }, set) =>
    caveats.push(...oodCaveat(winnerOf(results, best)?.ood[set], path ?? "", count)),
  );
  const chosen = rows.length > 1 ? "The tau and the epoch were" : "The epoch was";
  const flattery =
    best.testScore === null ? "New images will probably score a little lower; no test set was given." : "";
  caveats.push(
    `${chosen} chosen on the validation images, so the accuracy on them flatters the winner. ${flattery}`.trim(),
  );
  const level = levelTaus(results, best);
  if (level.length > 0)
    caveats.push(
      `Within one standard error of the winner: τ${NBSP}=${NBSP}${list(level.map(tau))}. Another seed may well pick ${level.length === 1 ? "that" : "one of these"}.`,
    );
  if (rows.length === 1)
    caveats.push("Only one tau was fine-tuned, so nothing here says whether another would do better.");
  const stopped = rows.filter((row) => row.stopped).map((row) => `${tau(row.tau)} (epoch ${row.epochs.length})`);
  if (stopped.length > 0)
    caveats.push(
      `Successive halving stopped τ${NBSP}=${NBSP}${list(stopped)}, which were behind by then: their accuracy is that of ` +
        "shorter runs, and how far their features moved is not compared. --no-halving trains all of them to the end.",
    );
  const diverged = rows.filter((row) => row.diverged).map((row) => tau(row.tau));
  if (diverged.length > 0)
    caveats.push(
      `The ${diverged.length === 1 ? "run" : "runs"} from τ${NBSP}=${NBSP}${list(diverged)} diverged: at this learning rate, ` +
        "not necessarily at a lower one. Longer probing grows the head, and a larger head needs a lower rate.",
    );
  return caveats;
}

function winnerOf({ rows }: TuneResults, best: BestRun): TuneRow | undefined {
  return rows.find((row) => row.tau === best.tau);
}

function oodCaveat(score: OodScore | undefined, path: string, images: number): string[] {
  if (!score || score.finetuned === null) return [];
  const finetuned = `${percent(score.finetuned)}${plusMinus(score.finetuned, images)}`;
  return [
    `Out of distribution, on the ${plural(images, "image")} of ${path}, the same model gets ${finetuned}; ` +
      `its probed head alone gets ${percent(score.probing)}. No choice has seen them.`,
  ];
}

function levelTaus(results: TuneResults, best: BestRun): Tau[] {
  return results.rows
    .filter((row) => row.tau !== best.tau && !row.diverged)
    .filter((row) => {
      const accuracy = reached(row);
      if (accuracy === null) return false;
      return compareAccuracies(best.validationScore, accuracy, results.data.validation.count).verdict === "inside";
    })
    .map((row) => row.tau);
}
