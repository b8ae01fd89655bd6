import type { CachedValues } from "../data/cached-values.js";
import { DivergedError } from "../engine/errors.js";
import { methods } from "../finetune/methods.js";
import { dial, unreachable, UnreachableEnergyError } from "../probe/dial.js";
import { probeCached, type CachedProbeOptions } from "../probe/probe-cached.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import { compareTaus, isDialled, sharesOfEnergy, stepOf, type Tau } from "../probe/taus.js";
import { unitCount } from "../data/targets.js";
import { usualStart } from "../probe/usual-start.js";
import { cachedFeatures } from "./features.js";
import { formatScore } from "./format.js";
import type { Job } from "./job.js";
import { beginTask, unlessDamaged, warn } from "./progress.js";
import type { ProbingPoint } from "./results.js";
import { SettingError, type Settings } from "./settings/index.js";
import { readJson, readTensors, writeJson, writeTensors, type Store } from "./store/store.js";

/** What probing leaves for fine-tuning. */
export interface Probed {
  /** The head at every tau, and after those at the energies it was brought to. */
  stops: ProbeStop[];
  /** The stops to fine-tune from, ascending. */
  candidates: ProbeStop[];
  taus: Tau[];
  /** z_0, [N, width], the same at every tau */
  before: { train: CachedValues; validation: CachedValues };
  /** mean ‖z_0‖ on the training set */
  featureNorm: number;
}

/** Features, then the head at every tau; what was done before is read. */
export async function probing(job: Job): Promise<Probed> {
  const { settings } = job;
  const train = await cachedFeatures(job, "train");
  const validation = await cachedFeatures(job, "validation");
  const stops = await headAtEveryTau(job, train, validation);
  const taus = distinct(startsOf(settings, stops), job);
  const candidates = stops.filter((s) => taus.includes(s.tau)).sort((a, b) => compareTaus(a.tau, b.tau));
  return {
    stops,
    candidates,
    taus,
    before: { train, validation },
    featureNorm: stops[0]!.featureNorm,
  };
}

/** Energies take the place of taus. Of heads that nothing fine-tunes all are compared. */
function startsOf({ energy, taus, starts, method }: Settings, stops: readonly ProbeStop[]): Tau[] {
  if (energy) return stops.map(({ tau }) => tau).filter(isDialled);
  if (taus !== "auto") return taus;
  if (methods[method].trains === "nothing") return stops.map(({ tau }) => tau);
  return starts === 1 ? [usualStart(stops)] : sharesOfEnergy(stops, starts);
}

/** Taus of one step are one head: it is trained from once, as the tau that is nearest to it, and that is told. */
function distinct(taus: readonly Tau[], { data, settings, onProgress }: Job): Tau[] {
  const perEpoch = Math.ceil(unitCount(data.train.targets) / settings.batch);
  const off = (tau: Tau): number => (typeof tau === "number" ? Math.abs(tau * perEpoch - stepOf(tau, perEpoch)) : 0);
  const heads = new Map<number | Tau, Tau[]>();
  for (const tau of taus) {
    const step = typeof tau === "number" ? stepOf(tau, perEpoch) : tau;
    heads.set(step, [...(heads.get(step) ?? []), tau]);
  }
  return [...heads.values()].map((same) => {
    const kept = same.reduce((best, tau) => (off(tau) < off(best) ? tau : best));
    const others = same.filter((tau) => tau !== kept);
    const steps = perEpoch === 1 ? "1 step" : `${perEpoch} steps`;
    if (others.length > 0)
      warn(
        onProgress,
        `tau ${others.join(", ")} is the head of tau ${kept}: an epoch has ${steps}; it is trained from once`,
      );
    return kept;
  });
}

/** The head at every tau, and at every energy that is asked for; read from the store if probing was finished there. */
async function headAtEveryTau(job: Job, train: CachedValues, validation: CachedValues): Promise<ProbeStop[]> {
  const { network, data, settings, store, onProgress, signal } = job;
  const { metric } = data.objective;
  const stored = await unlessDamaged(onProgress, readStops(store));
  if (stored) return stored;
  const task = beginTask(onProgress, "head probing", settings.probeEpochs, "epochs");
  try {
    const options: CachedProbeOptions = {
      engine: data.engine,
      objective: data.objective,
      train: { features: train, targets: data.train.targets },
      validation: { features: validation, targets: data.validation.targets },
      width: network.whole.width,
      architecture: network.logitsHead,
      ...(network.blocks ? { blocks: network.blocks } : {}),
      epochs: settings.probeEpochs,
      batch: settings.batch,
      seed: settings.seed,
      momentum: settings.momentum,
      smoothing: settings.smoothing,
      loss: settings.probeLoss,
      optimizer: settings.probeOptimizer,
      taus: settings.taus === "auto" ? [] : settings.taus,
      ...(job.refit?.penalty === undefined ? {} : { penalty: job.refit.penalty }),
      ...(settings.probeLr === "auto" ? {} : { learningRate: settings.probeLr }),
      onStop: (stop) =>
        task.update(
          typeof stop.tau === "number" ? stop.tau : settings.probeEpochs,
          `loss ${stop.loss.toFixed(4)} · energy ${stop.energy.toFixed(3)} · validation ${formatScore(stop.validationScore, metric)}`,
        ),
      onIteration: (iteration, gradientNorm) =>
        task.update(settings.probeEpochs, `converging, step ${iteration}, gradient ${gradientNorm.toExponential(1)}`),
      signal,
    };
    const measured = await probeCached(options);
    const stops = comparable([...measured, ...(await dialled(options, measured, settings))]);
    await writeStops(store, stops);
    return stops;
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    throw new SettingError(
      "probeLr",
      (named) =>
        `loss became NaN in epoch ${error.epoch ?? 1} of head probing: try a lower ${named("probeLr")} (now ${settings.probeLr}); what was done so far is kept`,
    );
  } finally {
    task.end();
  }
}

/**
 * The probed head that is asked for at each energy; none where no energies are.
 * @throws {SettingError} on one that cannot be reached
 */
async function dialled(
  options: CachedProbeOptions,
  stops: readonly ProbeStop[],
  { energy = [], energyBy = "temperature", taus }: Settings,
): Promise<ProbeStop[]> {
  try {
    return energy.length === 0
      ? []
      : await dial(options, stops, energy, { by: energyBy, ...(taus === "auto" ? {} : { from: taus[0]! }) });
  } catch (error) {
    if (!(error instanceof UnreachableEnergyError)) throw error;
    const byFactor = error.by === "temperature";
    throw new SettingError("energy", (named) => {
      const others = byFactor ? [`turn another head (${named("taus")})`, `use ${named("energyBy")} l2`] : [];
      return `${named("energy")} ${unreachable(error, others)}`;
    });
  }
}

/** With what each validation sample got or adds only where probing was best: fine-tuning is compared with that alone. */
function comparable(stops: readonly ProbeStop[]): ProbeStop[] {
  const score = ({ validationScore }: ProbeStop): number => validationScore ?? -Infinity;
  const best = stops.reduce((first, stop) => (score(stop) > score(first) ? stop : first));
  return stops.map((stop) => (stop === best ? stop : without(stop, "contributions", "hits")));
}

/** A stop as the report shows it, without the head. */
export function pointOf(stop: ProbeStop): ProbingPoint {
  return without(stop, "head");
}

function without<Name extends keyof ProbeStop>(stop: ProbeStop, ...left: Name[]): Omit<ProbeStop, Name> {
  const names: string[] = left;
  return Object.fromEntries(Object.entries(stop).filter(([name]) => !names.includes(name))) as Omit<ProbeStop, Name>;
}

async function writeStops(store: Store, stops: readonly ProbeStop[]): Promise<void> {
  const tensors = new Map(stops.flatMap((s) => [...s.head].map(([name, data]) => [`${s.tau}/${name}`, data] as const)));
  await writeTensors(store, "probe.safetensors", tensors);
  // Last: its presence says that probing is finished.
  await writeJson(store, "probe.json", { stops: stops.map(pointOf) });
}

/** The head at every tau, as it was stored; undefined where probing is not finished. */
export async function readStops(store: Store): Promise<ProbeStop[] | undefined> {
  const measured = await readJson<{ stops: Omit<ProbeStop, "head">[] }>(store, "probe.json");
  const stored = measured && (await readTensors(store, "probe.safetensors"));
  if (!stored) return undefined;
  return measured.stops.map((point) => {
    const prefix = `${point.tau}/`;
    const own = [...stored.weights]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, data]) => [name.slice(prefix.length), data] as const);
    return { ...point, head: new Map(own) };
  });
}
