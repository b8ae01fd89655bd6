import { parameter, type Head } from "../heads/head.js";
import { requireOptions, requireWanted, type WantedOptions } from "../given/require.js";
import { isObject, number, oneOf } from "../given/wanted.js";
import type { Weights } from "../engine/weights.js";
import type { Targets } from "../data/targets.js";
import type { Objective } from "../objectives/objective.js";
import { linearHead } from "../heads/index.js";
import { openProbingOptimiser, type CachedProbeOptions } from "./probe-cached.js";
import { dialWays, type Dial, type DialWay } from "./dial-ways.js";
import { energyOf } from "../objectives/energy.js";
import { KeepingMeter } from "../objectives/meter.js";
import { ProbeEvaluation } from "./probe-evaluation.js";
import { probeNetwork, type ProbeNetwork } from "./probe-network.js";
import { measure, type ProbeStop } from "./probe-stop.js";
import { reach, type Leaving, type Reached } from "./reach.js";
import { isDialled, nameOfStart, type Tau } from "./taus.js";

export interface DialOptions {
  /** Default `temperature`. */
  by?: DialWay;
  /** Which of the probed heads. Default: that of the highest validation score, of equal ones the first; without one the last. */
  from?: Tau;
}

/** That no setting of a dial leaves an energy. */
export class UnreachableEnergyError extends Error {
  constructor(
    readonly wanted: number,
    readonly by: DialWay,
    readonly from: Tau,
    /** What can be reached. */
    readonly low: number,
    readonly high: number,
  ) {
    const others = by === "temperature" ? ["dial another head"] : [];
    super(`energy ${unreachable({ wanted, by, from, low, high }, others)}`);
    this.name = "UnreachableEnergyError";
  }
}

type Unreachable = Pick<UnreachableEnergyError, "wanted" | "by" | "from" | "low" | "high">;

/**
 * What was not reached, what can be, and what to do.
 * @param others besides asking for another energy
 */
export function unreachable({ wanted, by, from, low, high }: Unreachable, others: readonly string[]): string {
  const refused = `${wanted} cannot be reached by ${by}${by === "temperature" ? ` from the head of ${nameOfStart(from)}` : ""}`;
  const range = inward(low, high);
  const known = range ? `which reaches ${range}` : `which leaves ${Number(low.toFixed(3))} wherever it is turned`;
  const ways = range ? ["ask for one in that range", ...others] : others;
  const remedy = ways.map((way, i) => (i > 0 && i === ways.length - 1 ? `or ${way}` : way)).join(", ");
  return `${refused}, ${known}${remedy && `; ${remedy}`}`;
}

/** Rounded inwards, so that both ends can be asked for; null for a single number, as of a head of zeros. */
function inward(low: number, high: number): string | null {
  for (const scale of [1e3, 1e4, 1e5]) {
    const [least, most] = [Math.ceil(low * scale) / scale, Math.floor(high * scale) / scale];
    if (least <= most) return `${least} to ${most}`;
  }
  return null;
}

/**
 * Brings a probed head to wanted energies, E = mean_n ‖r_n‖₂ on the training set.
 *
 * By `temperature`: W and b of the layer that makes the logits, times one factor c. That changes no argmax, so that
 * accuracy stays what it was and energy alone is turned. For classes E(c) falls from √(1 − 1/k) at c = 0 and goes to √2
 * times the training error for c → ∞; in between it has a minimum where there are errors, so that two factors may leave the
 * same energy: the smaller is taken, whose head is not surer than it is right. To 1e-6, from the cached logits.
 *
 * By `l2`: the optimum with the strongest L2 penalty that leaves the energy. By `smoothing`: the optimum without a penalty
 * on targets smoothed by the largest ε that leaves it. Both change what the head predicts as well, and are for heads whose
 * optimum does not depend on the start: linear ones on features. To 1e-5.
 * @param given as the heads were probed with
 * @param stops the probed heads
 * @returns in the order of the energies, each with the tau `energy:<E>`
 * @throws {UnreachableEnergyError}; {Error} for a task that has no temperature, and a head without one optimum
 */
export async function dial(
  given: CachedProbeOptions,
  stops: readonly ProbeStop[],
  energies: readonly number[],
  how: DialOptions = {},
): Promise<ProbeStop[]> {
  requireWanted("dial", energies, {
    wants: "a list of energies, numbers above 0",
    is: (value) => Array.isArray(value) && value.every(number({ above: 0 }).is),
  });
  requireOptions("dial", how, wantedOptions);
  const { by = "temperature", from } = how;
  const options = { ...given, engine: given.engine.processor };
  const { engine, objective, train, batch, seed, architecture: head = linearHead() } = options;
  const network = probeNetwork({ ...options, head, outputs: objective.outputs });
  requireDial(by, objective, network);
  const origin = originOf(stops, from);
  const evaluation = await ProbeEvaluation.open({ engine, objective, train: train.features, batch, seed }, network);
  try {
    return await turnedTo(energies, { options, network, evaluation, origin }, by);
  } finally {
    await evaluation.release();
  }
}

const wantedOptions: WantedOptions<DialOptions> = {
  by: oneOf(dialWays),
  from: { wants: "the tau of a probed head", is: (value) => !isObject(value) },
};

async function turnedTo(energies: readonly number[], search: Search, by: DialWay): Promise<ProbeStop[]> {
  const { options, network, evaluation, origin } = search;
  const dialled: ProbeStop[] = [];
  const turning = await ways[by](search);
  try {
    for (const wanted of energies) {
      options.signal?.throwIfAborted();
      const reached = await turning.to(wanted);
      if (!("found" in reached)) throw new UnreachableEnergyError(wanted, by, origin.tau, reached.low, reached.high);
      const { weights, value } = reached.found;
      const stop = {
        ...(await measure(evaluation, options, network.head, `energy:${wanted}`, weights)),
        dial: { by, from: origin.tau, value } satisfies Dial,
      };
      options.onStop?.(stop);
      dialled.push(stop);
    }
    return dialled;
  } finally {
    await turning.release();
  }
}

function requireDial(by: DialWay, { activation, name }: Objective, { convex }: ProbeNetwork): void {
  if (!activation && by !== "l2") throw new Error(`${name} has no ${by} to turn; bring its head to an energy by l2`);
  if (!convex && by !== "temperature")
    throw new Error(`a head's optimum by ${by} depends on its start where it is not linear; use temperature`);
}

/** @throws {Error} if that tau was not measured */
function originOf(stops: readonly ProbeStop[], from: Tau | undefined): ProbeStop {
  const probed = stops.filter(({ tau }) => !isDialled(tau));
  if (from !== undefined) {
    const found = probed.find(({ tau }) => tau === from);
    if (found) return found;
    throw new Error(`tau ${from} was not measured; there are ${probed.map(({ tau }) => tau).join(", ")}`);
  }
  const score = ({ validationScore }: ProbeStop): number => validationScore ?? -Infinity;
  const best = probed.reduce((first, stop) => (score(stop) > score(first) ? stop : first));
  return best.validationScore === null ? probed.at(-1)! : best;
}

interface Search {
  options: CachedProbeOptions;
  network: ProbeNetwork;
  evaluation: ProbeEvaluation;
  origin: ProbeStop;
}

/** A head, and where the dial stood. */
interface Turned extends Leaving {
  weights: Map<string, Float32Array>;
  value: number;
}

/** A dial that is turned to one energy after another: what they have in common is computed once. */
interface Turning {
  to(wanted: number): Promise<Reached<Turned>>;
  release(): Promise<void>;
}

const ways: Record<DialWay, (search: Search) => Promise<Turning>> = {
  async temperature(search) {
    const { options, network, evaluation, origin } = search;
    const { train, objective } = options;
    const meter = await evaluation.measured(origin.head, train);
    if (!(meter instanceof KeepingMeter)) return byFactors(search);
    const { logits } = meter.outputs();
    return {
      async to(wanted) {
        const reached = await factorFor(logits, train.targets, objective, wanted);
        if (!("found" in reached)) return reached;
        const { factor, energy } = reached.found;
        return { found: { weights: scaled(network.head, origin.head, factor), value: factor, energy } };
      },
      release: async () => {},
    };
  },

  async l2(search) {
    const optimiser = await openProbingOptimiser(search.options, search.network, search.origin.head);
    return {
      to: alongOptima(search, strengths, (start, strength) => optimiser.minimise(start, strength)),
      release: () => optimiser.release(),
    };
  },

  async smoothing(search) {
    const { options, network, origin } = search;
    return {
      to: alongOptima(search, smoothings, async (start, smoothing) => {
        const optimiser = await openProbingOptimiser({ ...options, smoothing }, network, origin.head);
        try {
          return await optimiser.minimise(start, 0);
        } finally {
          await optimiser.release();
        }
      }),
      release: async () => {},
    };
  },
};

/** Where logits are too many to be kept: each factor is measured on the head itself, to float32's precision. */
function byFactors(search: Search): Turning {
  const { network, origin } = search;
  const at = async (octave: number): Promise<Turned> => {
    search.options.signal?.throwIfAborted();
    const value = 2 ** octave;
    const weights = scaled(network.head, origin.head, value);
    return { weights, value, energy: await energyLeft(search, weights) };
  };
  return { to: (wanted) => reach(octaves, at, wanted, tolerance), release: async () => {} };
}

/**
 * Each optimum the start of the next, as on the path of `converged`. Those at the places of the path are kept, so that the
 * next energy goes on from there; what is found does not depend on which were asked for before.
 * @param path exponents of ten
 */
function alongOptima(
  search: Search,
  path: readonly number[],
  optimum: (start: Weights, value: number) => Promise<{ weights: Map<string, Float32Array> }>,
): Turning["to"] {
  const kept = new Map<number, Turned>();
  return (wanted) => {
    let start: Weights = search.origin.head;
    const at = async (place: number): Promise<Turned> => {
      search.options.signal?.throwIfAborted();
      const value = 10 ** place;
      const { weights } = await optimum(start, value);
      return { weights, value, energy: await energyLeft(search, weights) };
    };
    const looked = async (place: number): Promise<Turned> => {
      const turned = kept.get(place) ?? (await at(place));
      if (path.includes(place)) kept.set(place, turned);
      start = turned.weights;
      return turned;
    };
    return reach(path, looked, wanted, tolerance);
  };
}

/** Of optima, which L-BFGS knows to about this. */
const tolerance = 1e-6;

/** Powers of ten in half decades, from a head that is hardly more than its biases to none that a penalty bends. */
const strengths = Array.from({ length: 19 }, (_, i) => 2 - i / 2);

/** ε from 0.95 to 1e-4, in quarter decades. */
const smoothings = [Math.log10(0.95), ...Array.from({ length: 16 }, (_, i) => -(i + 1) / 4)];

/** Octaves of c in halves, in units of 1 / the logits' root mean square. */
const octaves = Array.from({ length: 81 }, (_, i) => -20 + i / 2);

/**
 * The smallest factor on logits at which energy is the wanted one, to 1e-9.
 * @param logits [N, k]
 */
export function factorFor(
  logits: ArrayLike<number>,
  targets: Targets,
  objective: Objective,
  wanted: number,
): Promise<Reached<Leaving & { factor: number }>> {
  let square = 0;
  for (let i = 0; i < logits.length; i++) square += logits[i]! ** 2;
  const unit = 1 / (Math.sqrt(square / logits.length) || 1);
  const at = async (octave: number) => {
    const factor = unit * 2 ** octave;
    const turned = Float64Array.from(logits, (q) => factor * q);
    return { factor, energy: energyOf(objective.residual({ logits: turned }, targets), objective.outputs) };
  };
  return reach(octaves, at, wanted, 1e-9);
}

async function energyLeft({ options, evaluation }: Search, weights: Weights): Promise<number> {
  return (await evaluation.measured(weights, options.train)).measured().energy;
}

/** The head with logits `factor` times as large: weight and bias of its last layer, the last two parameters, scaled. */
function scaled(head: Head, weights: Weights, factor: number): Map<string, Float32Array> {
  const last = head.parameters
    .slice(-2)
    .map((name) => [name, parameter(weights, name).map((w) => factor * w)] as const);
  return new Map([...weights, ...last]);
}
