import { writeModel } from "@taskhead/autograd";
import { sha256 } from "../data/checksum.js";
import { fingerprintOf } from "../data/fingerprint.js";
import { claim, format, type Configuration } from "./configuration.js";
import { reusedSessions } from "../engine/reused-sessions.js";
import { finetuneOrPause } from "../finetune/run.js";
import type { Adaptation } from "../measures/adaptation.js";
import { describeStart } from "../heads/index.js";
import { averageWeights, bestModel } from "./blends.js";
import { trainCandidates, type Trained } from "./candidates.js";
import { objectiveOf, openData, outputWeights, type Job } from "./job.js";
import { labelsToCheck } from "./labels.js";
import { openNetwork, requireTrainable } from "./network.js";
import { placesOf } from "./places.js";
import { probedKey, probedResults } from "./probed-results.js";
import { probing, type Probed } from "./probing.js";
import { Search, unlessDamaged } from "./progress.js";
import type { Origin, TuneResults, TuneRow } from "./results.js";
import { identityOf, settingTable, settle } from "./settings/index.js";
import { reviewData } from "./review.js";
import { hearing } from "../given/hearing.js";
import { requireInput, requireNames, type TuneInput } from "./input.js";
import { requirePrecision } from "./require-precision.js";
import { readJson, writeJson } from "./store/store.js";
import { trainingOptions } from "./training-options.js";
import type { RunTrial } from "./trial/spec.js";
import { localTrials } from "./trial/trial.js";
import { scoreWinner } from "./winner.js";

/**
 * The whole method: features → probe → choose taus → fine-tune from each → choose the best on the validation samples →
 * export. Everything is kept in the store, and a run that was cut short goes on there to the same result.
 * @throws {SettingError} on settings that cannot be used; DataError on input that is none, or not of its kind, and on outputs without names of their own; Error if the store belongs to a run of other settings, model or
 * data, or targets do not fit; the signal's reason when stopped
 */
export async function tune<Source>(input: TuneInput<Source>): Promise<TuneResults> {
  requireInput(input);
  return hearing({ onProgress: input.onProgress }, (heard) => tuneHeard({ ...input, ...heard }));
}

async function tuneHeard<Source>(input: TuneInput<Source>): Promise<TuneResults> {
  const job = await openJob(input);
  const claimed = await claim(input.store, await configurationOf(job));
  if ("difference" in claimed)
    throw new Error(`the store belongs to another run: ${claimed.difference}; give another store`);
  return tuneJob({ ...job, store: claimed.store }, { version: "0.0.0", command: "tune", backbone: "model" });
}

/**
 * Everything that decides the result. The model is marked as the modality and the settings prepared it: with its weights, its
 * normalisation and its pooling, as it is used.
 */
async function configurationOf<Source>({ settings, network, data, outputs }: Job<Source>): Promise<Configuration> {
  const others: string[] = [];
  for (const samples of data.ood) others.push(await fingerprintOf(samples));
  return {
    ...identityOf(settingTable, settings),
    format,
    // Names may have commas in them.
    outputs: outputs.some((name) => name.includes(",")) ? JSON.stringify(outputs) : outputs.join(),
    augmentation: data.train.augmentation ?? null,
    "the head's start": describeStart(network.start.start),
    "content of the model": await sha256(writeModel(network.whole.model)),
    "content of the training samples": await fingerprintOf(data.train),
    "content of the validation samples": await fingerprintOf(data.validation),
    "content of the test samples": data.test && (await fingerprintOf(data.test)),
    "content of the samples from elsewhere": others.join() || null,
  };
}

/** Opens model and samples. */
export async function openJob<Source>(input: TuneInput<Source>): Promise<Job<Source>> {
  const { engine, modality, sets, outputs, store, cache, memoryBytes = 1e9, spill, onProgress, signal } = input;
  const settings = settle(input.settings);
  requireNames(outputs, settings.task);
  await requirePrecision(engine, settings);
  const opened = openNetwork(input, settings, modality);
  requireTrainable(opened, objectiveOf(settings, outputs), settings);
  const data = await openData(engine, modality, sets, settings, outputs, opened.whole.inputs);
  const places = await placesOf(opened, data);
  const network = places ? openNetwork(input, settings, modality, places) : opened;
  const classWeights = outputWeights(settings, outputs, data.train);
  reviewData({ sets, modality, data, outputs, ...(onProgress ? { onProgress } : {}) });
  return {
    settings,
    network,
    modality,
    sets,
    data,
    outputs,
    classWeights,
    store,
    memoryBytes,
    ...(spill ? { spill } : {}),
    ...(cache ? { cache } : {}),
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  };
}

/** @param run how a trial is trained; here, one after another, unless given */
export async function tuneJob<Source>(job: Job<Source>, origin: Origin, run?: RunTrial): Promise<TuneResults> {
  const { settings, store } = job;
  const probed = await probing(job);
  const labels = await labelsToCheck(job, probed);
  const found = probedResults(job, probed, origin);
  await writeJson(store, probedKey, found);
  job.follower?.probed(found);
  const batchNormShift = settings.batchnorm === "train" ? await shiftAtRateZero(job, probed) : null;
  const trained = await searched(job, probed, run);
  const { rows } = trained;
  const winner = bestOf(rows);
  const search = winner && { job, trained, winner };
  const blends = search ? await averageWeights(search) : null;
  const best = search
    ? await scoreWinner(
        job,
        {
          stop: trained.candidateOf(search.winner).stop,
          epoch: search.winner.bestEpoch!,
          ...(await bestModel(search, blends)),
        },
        probed.before,
        origin.version,
      )
    : null;
  const results: TuneResults = {
    ...found,
    createdAt: new Date().toISOString(),
    batchNormShift,
    labels,
    rows,
    blends,
    best,
  };
  await writeJson(store, "results.json", results);
  job.follower?.finished(results);
  return results;
}

/** Trains the candidates: their steps are one graph, as long as starts and rates are all that differs. */
async function searched<Source>(job: Job<Source>, probed: Probed, run?: RunTrial): Promise<Trained> {
  const { engine, release } = reusedSessions(job.data.engine);
  const searching = { ...job, data: { ...job.data, engine }, search: new Search(job.onProgress) };
  try {
    return await trainCandidates(searching, probed, run ?? localTrials(searching, probed));
  } finally {
    await release();
  }
}

/** The highest validation score of any epoch; of equal ones the lower tau. One that collapsed wins if there is no other. */
export function bestOf(rows: readonly TuneRow[]): TuneRow | undefined {
  const measured = rows.filter((row) => !row.diverged && row.bestValidationScore !== null);
  const sound = measured.filter((row) => !row.collapsed);
  const field = sound.length > 0 ? sound : measured;
  return field.reduce<TuneRow | undefined>(
    (best, row) => (best && best.bestValidationScore! >= row.bestValidationScore! ? best : row),
    undefined,
  );
}

/**
 * How far the features move when nothing is learned and BatchNorm trains: an epoch at rate 0, in which only the running
 * statistics follow the batches. The same for every tau; measured in evaluation mode, on the validation samples.
 */
async function shiftAtRateZero<Source>(job: Job<Source>, { candidates, before }: Probed): Promise<Adaptation> {
  const { data, store, signal } = job;
  const key = "batchnorm-shift.json";
  const stored = await unlessDamaged(job.onProgress, readJson<Adaptation>(store, key));
  if (stored) return stored;
  const stop = candidates[0]!;
  const result = await finetuneOrPause(job.network.backbone, data, {
    ...trainingOptions(job, stop),
    epochs: 1,
    learningRate: 0,
    before,
    keepsFeatures: false,
    ...(signal ? { signal } : {}),
  });
  await writeJson(store, key, result!.adaptation.validation);
  return result!.adaptation.validation;
}
