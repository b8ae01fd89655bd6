import type { TauProbing } from "./combine.js";
import type { ProbedFacts } from "./probed.js";

/** A probed head whose size is known. */
export type SizedHead = TauProbing & { tau: number; headNorm: number };

/** Heads, ascending in tau, that energy does not tell apart though they differ in size. */
export interface Indistinct {
  /** From the first to the last. */
  readonly heads: readonly SizedHead[];
  /** How many times larger the last is than the first. */
  readonly growth: number;
  /** The least energy among them, and the most. */
  readonly lowest: number;
  readonly highest: number;
}

/**
 * The first step of fine-tuning moves features by kernel · Wᵀ · residual: of two factors, energy says how large one is, ‖W‖ the
 * other. Where the one stays within a fifth while the other triples, energy says next to nothing of the product. A fifth is
 * also about what steps of sgd scatter energy by between neighbouring epochs (on BBBP 0.29 to 0.34 over sixty of them).
 */
const closeEnergies = 1.2;
const grown = 3;

/**
 * The heads up to the longest probing whose energies lie within a fifth of each other, if ‖W‖ grows threefold over them.
 * Optima are left out: where a penalty puts them in size has nothing to do with how long was probed.
 */
export function indistinct({ probing, dialled }: Pick<ProbedFacts, "probing" | "dialled">): Indistinct | null {
  if (dialled) return null;
  const sized = probing.filter(
    (one): one is SizedHead => typeof one.tau === "number" && one.headNorm !== null && one.headNorm > 0,
  );
  const heads: SizedHead[] = [];
  let [lowest, highest] = [Infinity, 0];
  for (const head of sized.toReversed()) {
    const [low, high] = [Math.min(lowest, head.energy), Math.max(highest, head.energy)];
    if (!(high <= closeEnergies * low)) break;
    [lowest, highest] = [low, high];
    heads.unshift(head);
  }
  if (heads.length < 2) return null;
  const growth = heads.at(-1)!.headNorm / heads[0]!.headNorm;
  return growth >= grown ? { heads, growth, lowest, highest } : null;
}

/** Four of them, the first and the last among them, as evenly in log ‖W‖ as there are. */
export function evenlyInSize({ heads, growth }: Indistinct): number[] {
  const from = heads[0]!.headNorm;
  const nearest = (size: number): SizedHead =>
    heads.reduce((best, one) =>
      Math.abs(Math.log(one.headNorm / size)) < Math.abs(Math.log(best.headNorm / size)) ? one : best,
    );
  const taus = [0, 1, 2, 3].map((i) => nearest(from * growth ** (i / 3)).tau);
  return [...new Set([heads[0]!.tau, ...taus, heads.at(-1)!.tau])].sort((a, b) => a - b);
}
