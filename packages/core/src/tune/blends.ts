import type { Weights } from "../engine/weights.js";
import { methods } from "../finetune/methods.js";
import { compareScores, verdictOf } from "../measures/intervals.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import type { Trained } from "./candidates.js";
import type { Job } from "./job.js";
import { beginTask, unlessDamaged } from "./progress.js";
import type { BestRun, Blend, Blends, Soup, TuneRow, WiseFt } from "./results.js";
import { weightScorer, type Validated, type WeightScorer } from "./score-weights.js";
import { between, greedySoup, meanOf } from "./soup.js";
import { readJson, writeJson } from "./store/store.js";
import { bestWeights } from "./trial/files.js";

/** The best run, and what there is to average. */
interface Search {
  job: Job;
  trained: Trained;
  winner: TuneRow;
}

/** Of the fine-tuned weights, from none to all. */
const shares = Array.from({ length: 6 }, (_, i) => i / 5);

/** The whole course is measured on test and other sets where that costs at most this part of the training: they may be large. */
const affordable = 0.1;

const ownStatistics = "BatchNorm was trained, and averaged weights would need running statistics of their own";

/** A step of training costs about as much as running its samples three times. */
const passesPerStep = 3;

/**
 * Averages weights that the search has trained anyway: those of its finished runs, by the greedy soup, and the best run's
 * with where it started, (1 − s)(B_0, v_tau) + s(B_T, v_T), over shares s (WiSE-FT, Wortsman et al. 2022, "Robust
 * fine-tuning of zero-shot models"). Both are chosen on the validation samples; test and other sets are only measured.
 * Found before, it is read from the store.
 * @returns null where it was turned off, nothing was trained, or BatchNorm's running statistics were: the mean of two networks'
 * statistics is not what the mean of their weights sees
 */
export async function averageWeights(search: Search): Promise<Blends | null> {
  const { job, trained, winner } = search;
  const { settings, store, onProgress } = job;
  const { trains } = methods[settings.method];
  // Averages of the factors of an update are no averages of weights.
  if (!settings.blends || trains === "nothing" || trains === "low-rank updates") return null;
  if (settings.batchnorm === "train") {
    onProgress?.({ kind: "message", text: `no weights are averaged: ${ownStatistics}` });
    return null;
  }
  const stored = await unlessDamaged(onProgress, readJson<Blends>(store, "blends.json"));
  if (stored) return stored;
  const ranked = ingredients(search);
  const isMeasured = job.data.test !== null || job.data.ood.length > 0;
  const total = validations(ranked.length) + (isMeasured ? heldOutShares(search) : 0);
  const task = beginTask(onProgress, "averaging weights", total, "models");
  let passes = 0;
  try {
    const scorer = await weightScorer(job, trained.candidateOf(winner).stop, () =>
      task.update(Math.min(++passes, total)),
    );
    const run = await scorer.validate(await weightsOf(search, winner));
    const blends = {
      soup: ranked.length > 1 ? await soupOf(search, scorer, ranked, run) : null,
      wiseFt: await wiseFtOf(search, scorer, run),
    };
    await writeJson(store, "blends.json", blends);
    // The share that was chosen may be one of the ends.
    task.update(total);
    return blends;
  } finally {
    task.end();
  }
}

/** The model to export: the best run as it is, unless an average of weights is measurably above it. */
export async function bestModel(
  search: Search,
  blends: Blends | null,
): Promise<{ weights: Weights; validationScore: number; blend: BestRun["blend"] }> {
  const { job, trained, winner } = search;
  const kind = blends && preferred(blends);
  if (kind === "soup") {
    const { of, validationScore } = blends!.soup!;
    const isIn = (row: TuneRow): boolean =>
      of.some(({ tau, learningRate }) => tau === row.tau && learningRate === row.learningRate);
    return {
      weights: await soup(search, ingredients(search).filter(isIn)),
      validationScore: validationScore!,
      blend: kind,
    };
  }
  const own = await weightsOf(search, winner);
  if (kind !== "wise-ft") return { weights: own, validationScore: winner.bestValidationScore!, blend: null };
  const { share, validationScore } = blends!.wiseFt;
  const start = startingWeights(job, trained.candidateOf(winner).stop, own);
  return { weights: between(start, own, share), validationScore: validationScore!, blend: kind };
}

/**
 * Which average is measurably above the best run, by the interval of their difference on the validation samples; of both the higher
 * one, of equals what is simpler. The highest of several shares is above the run by chance alone about as often as not, and may
 * be far from it: docs/methods.md has what that cost.
 * @returns null where none is, or no interval is known
 */
export function preferred({ soup: mixed, wiseFt }: Pick<Blends, "soup" | "wiseFt">): BestRun["blend"] {
  const score = (one: Blend | null): number =>
    one && verdictOf(one.ahead) === "above" ? (one.validationScore ?? -Infinity) : -Infinity;
  if (score(mixed) > score(wiseFt)) return "soup";
  return score(wiseFt) > -Infinity ? "wise-ft" : null;
}

/** The best run and the other sound ones, best first; of equals the lower tau. */
function ingredients({ job, trained, winner }: Search): TuneRow[] {
  // Statistics of BatchNorm in blocks that started afresh are each tau's own, and no weights to average.
  if (job.network.blocks) return [winner];
  const others = trained.rows.filter(
    (row) => row !== winner && !row.diverged && !row.collapsed && row.bestValidationScore !== null,
  );
  const ranked = [winner, ...others.sort((a, b) => b.bestValidationScore! - a.bestValidationScore!)];
  return ranked.filter((row, i) => !ranked.slice(0, i).some((better) => isTwin(better, row)));
}

/** The same run twice: a rate that was lowered may come to that of another candidate. */
function isTwin(a: TuneRow, b: TuneRow): boolean {
  return a.tau === b.tau && Math.abs(a.learningRate! - b.learningRate!) < 1e-9 * a.learningRate!;
}

function weightsOf({ trained }: Search, row: TuneRow): Promise<Weights> {
  return bestWeights(trained.candidateOf(row).store);
}

function soup(search: Search, rows: readonly TuneRow[]): Promise<Weights> {
  return meanOf(rows.map((row) => () => weightsOf(search, row)));
}

async function soupOf(search: Search, scorer: WeightScorer, ranked: readonly TuneRow[], run: Validated): Promise<Soup> {
  const { models, measured } = await greedySoup(ranked, async (rows) =>
    rows.length === 1 ? run : scorer.validate(await soup(search, rows)),
  );
  const of = models.map(({ tau, learningRate, bestEpoch, bestValidationScore }) => ({
    tau,
    learningRate,
    bestEpoch,
    bestValidationScore,
  }));
  const heldOut = await scorer.heldOut(await soup(search, models));
  return { of, tried: ranked.length, ...blendOf(search, measured, run), ...heldOut };
}

async function wiseFtOf(search: Search, scorer: WeightScorer, run: Validated): Promise<WiseFt> {
  const { job, trained, winner } = search;
  const own = await weightsOf(search, winner);
  const start = startingWeights(job, trained.candidateOf(winner).stop, own);
  const validated: { share: number; score: number; found: Validated }[] = [];
  for (const share of shares) {
    const found = share === 1 ? run : await scorer.validate(between(start, own, share));
    validated.push({ share, score: found.score, found });
  }
  const best = bestShare(validated);
  const unmeasured = { testScore: null, ood: job.data.ood.map(() => null), oodErrors: job.data.ood.map(() => null) };
  const course: WiseFt["course"] = [];
  for (const { share, score } of validated) {
    const measured = heldOutShares(search) === shares.length || [0, best.share, 1].includes(share);
    const heldOut = measured ? await scorer.heldOut(between(start, own, share)) : unmeasured;
    course.push({ share, validationScore: finite(score), ...heldOut });
  }
  const { testScore, ood, oodErrors = [] } = course.find(({ share }) => share === best.share)!;
  return { share: best.share, course, ...blendOf(search, best.found, run), testScore, ood, oodErrors };
}

/** The share of the highest score; of equal ones the nearest to the run itself. */
export function bestShare<Point extends { readonly score: number }>(ascending: readonly Point[]): Point {
  return ascending.reduce((best, point) => (point.score >= best.score ? point : best));
}

/** How far an average is above the best run, sample by sample where that is known. */
function blendOf(
  { job: { data } }: Search,
  measured: Validated,
  run: Validated,
): Pick<Blend, "validationScore" | "hits" | "contributions" | "ahead"> {
  const { metric } = data.objective;
  const ahead = compareScores(measured, run, { metric, samples: data.validation.count });
  return { validationScore: finite(measured.score), hits: measured.hits, contributions: measured.contributions, ahead };
}

/** What fine-tuning from a head began with, of the weights that it trained. */
function startingWeights(job: Job, stop: ProbeStop, trained: Weights): Weights {
  const { initializers } = job.network.backbone.model.graph;
  return new Map(
    [...trained.keys()].map((name) => [name, stop.head.get(name) ?? (initializers.get(name)!.data as Float32Array)]),
  );
}

/** Averages that are validated, the best run among them. */
function validations(runs: number): number {
  return shares.length + runs - 1;
}

/** At how many shares test and other sets are measured: at all, or at the ends and the one that was chosen. */
function heldOutShares({ job, trained }: Search): number {
  const { train, test, ood } = job.data;
  const samples = [...(test ? [test] : []), ...ood].reduce((sum, { count }) => sum + count, 0);
  const epochs = trained.rows.reduce((sum, row) => sum + row.epochs.length, 0);
  return shares.length * samples <= affordable * passesPerStep * epochs * train.count ? shares.length : 3;
}

function finite(score: number): number | null {
  return Number.isFinite(score) ? score : null;
}
