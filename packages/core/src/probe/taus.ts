/** The optima that probing can be carried to: of the penalised loss, and of the plain one. */
export const optima = ["converged", "converged:0"] as const;

/**
 * `converged` is the optimum with the L2 penalty that does best on the validation set, the head of Kumar et al. (2022);
 * `converged:0` is the optimum without any, which lies at infinity where a head can fit the training set.
 */
export type Optimum = (typeof optima)[number];

/** In place of a tau, the energy that a head was brought to (`dial`), as in `energy:0.5`: not how long it was probed. */
export type Dialled = `energy:${number}`;

/** Epochs of head probing, whole or a fraction, or an optimum of the probing problem; or a head brought to an energy. */
export type Tau = number | Optimum | Dialled;

export function isOptimum(tau: Tau): tau is Optimum {
  return optima.includes(tau as Optimum);
}

export function isDialled(tau: Tau): tau is Dialled {
  return typeof tau === "string" && tau.startsWith("energy:");
}

/** The energy that was asked for. */
export function energyAsked(tau: Dialled): number {
  return Number(tau.slice("energy:".length));
}

/** For people at a terminal: `tau 4`, `tau converged`, `energy 0.5`. */
export function nameOfStart(tau: Tau): string {
  return isDialled(tau) ? `energy ${energyAsked(tau)}` : `tau ${tau}`;
}

/**
 * Ascending; the optima come after the numbers, the one without a penalty after the other. Heads that were brought to an
 * energy come last, by falling energy, as longer probing leaves less.
 */
export function compareTaus(a: Tau, b: Tau): number {
  const place = (tau: Tau): [kind: number, within: number] => {
    if (isDialled(tau)) return [2, -energyAsked(tau)];
    return isOptimum(tau) ? [1, optima.indexOf(tau)] : [0, tau];
  };
  const [first, second] = [place(a), place(b)];
  return first[0] - second[0] || first[1] - second[1];
}

/** A tau in the key of a store, where `:` has no place: `4`, `converged`, `converged-0`, `energy-0.5`. */
export function tauKey(tau: Tau): string {
  return String(tau).replace(":", "-");
}

/**
 * The step after which a tau is measured: the nearest one, and at least one step for any tau above 0.
 * @param perEpoch steps in an epoch
 */
export function stepOf(tau: number, perEpoch: number): number {
  return tau === 0 ? 0 : Math.max(1, Math.round(tau * perEpoch));
}

/**
 * The taus that probing measures by itself: 0; 1/16, 1/8, 1/4, 1/2 as far as an epoch has the steps for them, since the
 * first epoch alone can take half of the energy; then every epoch, or, to keep fewer heads, every power of two and the
 * last.
 */
export function measuredTaus(epochs: number, perEpoch: number, everyEpoch: boolean): number[] {
  const fractions = [1 / 16, 1 / 8, 1 / 4, 1 / 2].filter((tau) => tau * perEpoch >= 1);
  const whole = Array.from({ length: epochs }, (_, i) => i + 1);
  return [0, ...fractions, ...whole.filter((tau) => everyEpoch || tau === epochs || Number.isInteger(Math.log2(tau)))];
}

/**
 * Which taus to fine-tune: the first, the last, and those in between whose energies lie nearest to `count` evenly spaced
 * ones.
 * @returns at most `count` distinct taus, ascending
 */
export function spread<T extends Tau>(stops: readonly { tau: T; energy: number }[], count: number): T[] {
  const sorted = stops.toSorted((a, b) => compareTaus(a.tau, b.tau));
  if (sorted.length <= count) return sorted.map((s) => s.tau);
  const first = sorted[0]!;
  const last = sorted.at(-1)!;
  const chosen = new Set(count > 1 ? [first.tau, last.tau] : [first.tau]);
  for (let i = 1; i < count - 1; i++) {
    const wanted = first.energy + ((last.energy - first.energy) * i) / (count - 1);
    const free = sorted.filter((s) => !chosen.has(s.tau));
    chosen.add(free.reduce((best, s) => (Math.abs(s.energy - wanted) < Math.abs(best.energy - wanted) ? s : best)).tau);
  }
  return [...chosen].sort(compareTaus);
}

/**
 * Which taus to fine-tune: those whose energies lie nearest to even shares of the energy at the first, 1 − i/(n + 1) for
 * i = 1 … n. One start has half of it: enough for features to adapt with, in a direction that the head knows. Measured on
 * three tasks (docs/results.md, "The choice of tau"): a head that was not probed is far behind, and of the others
 * this one is level with the best. Where energy hardly falls, it is where it is lowest.
 * @returns at most `count` distinct taus, ascending
 */
export function sharesOfEnergy<T extends Tau>(stops: readonly { tau: T; energy: number }[], count: number): T[] {
  const sorted = stops.toSorted((a, b) => compareTaus(a.tau, b.tau));
  const whole = sorted[0]!.energy;
  const shares = Array.from({ length: count }, (_, i) => 1 - (i + 1) / (count + 1));
  const nearest = (wanted: number): T =>
    sorted.reduce((best, s) => (Math.abs(s.energy - wanted) < Math.abs(best.energy - wanted) ? s : best)).tau;
  return [...new Set(shares.map((share) => nearest(share * whole)))].sort(compareTaus);
}
