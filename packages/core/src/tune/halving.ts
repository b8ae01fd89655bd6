import { compareTaus, type Tau } from "../probe/taus.js";

/** Shorter runs say too little: what they favour is the head that was probed longest. */
const shortestRung = 2;

/**
 * The epochs after which candidates are compared, ascending; the last are all `epochs`. Each rung has half the epochs of
 * the next, and there are as many as it takes to halve the candidates down to one or two.
 */
export function rungs(epochs: number, candidates: number): number[] {
  const halvings = Math.max(0, Math.floor(Math.log2(candidates)));
  const all = Array.from({ length: halvings + 1 }, (_, i) => Math.ceil(epochs / 2 ** (halvings - i)));
  return [...new Set(all)].filter((rung) => rung >= Math.min(shortestRung, epochs));
}

/**
 * How far a run had come at a rung: its highest accuracy until then. One that has gone further already, before it was cut
 * short, is judged by the same epochs.
 * @param accuracies after each epoch
 * @returns null if it had diverged by then
 */
export function bestWithin(accuracies: readonly number[], epochs: number, diverged: boolean): number | null {
  return diverged && accuracies.length < epochs ? null : Math.max(...accuracies.slice(0, epochs));
}

/** How a candidate stands at a rung. */
export interface Standing {
  tau: Tau;
  /** Higher is better; null if it diverged. */
  score: number | null;
}

/**
 * Who trains on after a rung: the better half, rounded up, earlier ones first among equals, and the best of the lowest tau,
 * since short runs favour probed heads. What diverged does not.
 * @returns some of `standings`, in their order
 */
export function survivors<T extends Standing>(standings: readonly T[]): T[] {
  return withLowestTau(standings, ranked(standings).slice(0, Math.ceil(standings.length / 2)));
}

/** Best first, without those that diverged. */
function ranked<T extends Standing>(standings: readonly T[]): T[] {
  return standings.filter((s) => s.score !== null).sort((a, b) => b.score! - a.score!);
}

function withLowestTau<T extends Standing>(standings: readonly T[], kept: readonly T[]): T[] {
  const [lowest] = ranked(standings).toSorted((a, b) => compareTaus(a.tau, b.tau));
  return standings.filter((s) => s === lowest || kept.includes(s));
}

/**
 * The epochs that a field still has to train, one candidate after another, if no run ends early.
 * @param at the rung that the field is on its way to, an index
 * @param done how many of the field have come there
 * @param survivors how many of so many would train on
 */
export function epochsLeft(
  ends: readonly number[],
  at: number,
  field: number,
  done: number,
  survivors: (field: number) => number,
): number {
  const from = ends[at - 1] ?? 0;
  const now = (field - done) * (ends[at]! - from);
  return at + 1 < ends.length ? now + epochsLeft(ends, at + 1, survivors(field), 0, survivors) : now;
}

/** Where a candidate ended. */
export interface Ended<C> {
  candidate: C;
  /** Of its last rung; null if it diverged. */
  score: number | null;
  /** Its last rung. */
  epochs: number;
}

export interface HalvingOptions<C> {
  /** Epochs, ascending, as from `rungs`; the last alone for no halving. */
  rungs: readonly number[];
  tau: (candidate: C) => Tau;
  /** Who trains on after a rung; default `survivors`. */
  survive?: (standings: readonly (Standing & { candidate: C })[]) => readonly { candidate: C }[];
  /** Trains these on to that epoch. @returns their scores, in the same order */
  advance: (candidates: readonly C[], epochs: number) => Promise<readonly (number | null)[]>;
}

/**
 * Successive halving (Jamieson and Talwalkar 2016): all candidates train to the first rung, the survivors go on to the
 * next, and so on. Nothing starts afresh.
 * @returns every candidate, in the order given
 */
export async function successiveHalving<C>(
  candidates: readonly C[],
  { rungs: ends, tau, survive = survivors, advance }: HalvingOptions<C>,
): Promise<Ended<C>[]> {
  const ended = new Map<C, Ended<C>>();
  let field = [...candidates];
  for (const epochs of ends) {
    const scores = await advance(field, epochs);
    const standings = field.map((candidate, i) => ({ candidate, tau: tau(candidate), score: scores[i]!, epochs }));
    for (const { candidate, score } of standings) ended.set(candidate, { candidate, score, epochs });
    field = survive(standings).map((s) => s.candidate);
  }
  return candidates.map((candidate) => ended.get(candidate)!);
}
