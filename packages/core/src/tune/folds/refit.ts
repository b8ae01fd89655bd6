import { scoreInterval } from "../../measures/intervals.js";
import type { Adaptation } from "../../measures/adaptation.js";
import { meanAndSpread } from "../../measures/seed-statistics.js";
import type { Meter } from "../../objectives/objective.js";
import type { ProbeStop } from "../../probe/probe-stop.js";
import { nameOfStart, tauKey } from "../../probe/taus.js";
import { refitPlan, rowsOfFolds, type FoldRun, type RefitPlan } from "./folds.js";
import type { Job } from "../job.js";
import { outOfFoldMeter } from "./out-of-fold-meter.js";
import { probedKey, probedResults } from "../probed-results.js";
import { probing, type Probed } from "../probing.js";
import type { EpochRow, FoldsRow, FoldsSummary, Origin, ProbingPoint, TuneResults, TuneRow } from "../results.js";
import type { Settings } from "../settings/index.js";
import { writeJson } from "../store/store.js";
import { bestWeights } from "../trial/files.js";
import { localTrials } from "../trial/trial.js";
import { scoreWinner } from "../winner.js";

/**
 * Ends a cross-validation: trains the best candidate of the folds on all samples and exports it. Whatever the results call
 * validation is what the folds' runs say of the samples that they were not trained on, or means over these runs; of the
 * model itself, which has seen every sample, nothing is shown that could be taken for it.
 * @param job whose training and validation samples are all samples alike
 */
export async function refitJob<Source>(
  job: Job<Source>,
  folds: readonly FoldRun[],
  origin: Origin,
): Promise<TuneResults> {
  const { settings, store, onProgress } = job;
  const rows = rowsOfFolds(folds);
  const plan = refitPlan(rows, folds, settings);
  const refitting: Job<Source> = {
    ...job,
    settings: { ...withoutPatience(settings), epochs: plan?.epochs ?? settings.epochs, taus: tausOf(plan, settings) },
    refit: plan?.penalty === undefined ? {} : { penalty: plan.penalty },
  };
  const probed = await probing(refitting);
  const found = probedResults(refitting, probed, origin);
  await writeJson(store, probedKey, found);
  const probingPoints = pointsOf(found.probing, folds);
  if (!plan) {
    const results = { ...found, probing: probingPoints, folds: { count: folds.length, rows, refit: null } };
    await writeJson(store, "results.json", results);
    return results;
  }
  const stop = startOf(probed, plan);
  onProgress?.({ kind: "message", text: refitSentence(plan, stop, settings) });
  const own = store.within(`tau-${tauKey(stop.tau)}`);
  const trial = { tau: stop.tau, learningRate: plan.learningRate, settings: refitting.settings };
  const trained = await localTrials(refitting, probed)(trial, plan.epochs, own);
  const taus = rows[plan.chosen]!.taus;
  const meter = await outOfFoldMeter(job, folds, taus);
  const row = crossValidated(trained, rowsAt(folds, rows[plan.chosen]!), meter);
  const answers = { meter, samples: job.data.train };
  const winner = {
    stop,
    weights: trained.diverged ? stop.head : await bestWeights(own),
    epoch: trained.epochs.length,
    validationScore: row.bestValidationScore!,
  };
  const best = trained.diverged ? null : await scoreWinner(refitting, winner, probed.before, origin.version, answers);
  const results: TuneResults = {
    ...found,
    createdAt: new Date().toISOString(),
    probing: probingPoints,
    rows: [row],
    best,
    folds: { count: folds.length, rows, refit: summaryOfRefit(job, plan, meter) },
  };
  await writeJson(store, "results.json", results);
  return results;
}

/** There is nothing to be impatient by. */
function withoutPatience(settings: Settings): Settings {
  const left = { ...settings };
  delete left.patience;
  return left;
}

function tausOf(plan: RefitPlan | undefined, { taus, energy }: Job["settings"]): Job["settings"]["taus"] {
  return !plan || plan.tau === null || energy ? taus : [plan.tau];
}

/** Where each fold found its own tau, the one that is found in the same way. */
function startOf({ stops, candidates }: Probed, { tau }: RefitPlan): ProbeStop {
  return stops.find((one) => one.tau === tau) ?? candidates[0]!;
}

function refitSentence({ learningRate, epochs }: RefitPlan, { tau }: ProbeStop, { schedule }: Job["settings"]): string {
  const where = `trains on all samples, ${nameOfStart(tau)}`;
  if (learningRate === null) return `${where}: nothing but the head`;
  const why = schedule === "constant" ? "the median of what the folds kept" : "the last, as the rate comes down";
  return `${where}: at rate ${learningRate.toPrecision(3)}, the folds' median, to epoch ${epochs}, ${why}`;
}

function rowsAt(folds: readonly FoldRun[], { taus }: FoldsRow): TuneRow[] {
  return folds.map(({ results }, i) => results.rows.find((row) => row.tau === taus[i])!);
}

/** The refit's row, with what the folds' runs got in place of what it gets on samples that it has seen. */
function crossValidated(row: TuneRow, runs: readonly TuneRow[], meter: Meter): TuneRow {
  const { value, hits, contributions } = meter.score();
  const mean = (of: (run: TuneRow) => number | null | undefined): number | null => meanOf(runs.map(of));
  return {
    ...row,
    probeValidationScore: mean((run) => run.probeValidationScore),
    validationScore: mean((run) => run.validationScore),
    bestValidationScore: value,
    bestEpoch: row.diverged ? null : row.epochs.length,
    hits: hits ?? null,
    contributions: contributions ? [...contributions] : null,
    validationEuclidean: mean((run) => run.validationEuclidean),
    validationCosine: mean((run) => run.validationCosine),
    validationDot: mean((run) => run.validationDot),
    validationNorm: mean((run) => run.validationNorm),
    validationCoherence: mean((run) => run.validationCoherence),
    epochs: row.epochs.map((epoch, i): EpochRow => {
      const of = (name: "validationScore" | "validationLoss") => mean((run) => run.epochs[i]?.[name]);
      return {
        ...epoch,
        validationScore: of("validationScore"),
        validationError: null,
        validationLoss: of("validationLoss"),
        adaptation: meanAdaptation(runs.map((run) => run.epochs[i]?.adaptation)),
      };
    }),
  };
}

function pointsOf(points: readonly ProbingPoint[], folds: readonly FoldRun[]): ProbingPoint[] {
  return points.map((point) => {
    const same = folds.map(({ results }) => results.probing.find(({ tau }) => tau === point.tau));
    return {
      ...point,
      hits: null,
      contributions: null,
      validationScore: meanOf(same.map((one) => one?.validationScore)),
    };
  });
}

function meanAdaptation(all: readonly (Adaptation | null | undefined)[]): Adaptation | null {
  const mean = (of: keyof Adaptation): number | null => meanOf(all.map((one) => one?.[of]));
  const [euclidean, cosine, dot] = [mean("euclidean"), mean("cosine"), mean("dot")];
  const [norm, coherence] = [mean("norm"), mean("coherence")];
  if (euclidean === null || cosine === null || dot === null || norm === null || coherence === null) return null;
  return { euclidean, cosine, dot, norm, coherence };
}

/** null where a fold has none. */
function meanOf(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length === values.length && known.length > 0 ? meanAndSpread(known).mean : null;
}

function summaryOfRefit({ data }: Job, plan: RefitPlan, meter: Meter): FoldsSummary["refit"] {
  const { value: score, contributions } = meter.score();
  const measurement = { metric: data.objective.metric, samples: data.train.count };
  const interval = scoreInterval({ score, ...(contributions ? { contributions } : {}) }, measurement);
  const { chosen, learningRate, epochs, penalty = null } = plan;
  return { chosen, learningRate, epochs, penalty, score, low: interval?.low ?? null, high: interval?.high ?? null };
}
