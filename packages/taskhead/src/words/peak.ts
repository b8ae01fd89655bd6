import type { Peak, Tau } from "@taskhead/core/internals";
import { plural, short, taus } from "./format.js";

/** Whether something first grows with energy, then falls, in words that say how sure that is. */

/**
 * "grows, then falls in 4 of 5 seeds (sign test p = 0.19; 1 significant by itself)" over several, of one alone
 * "is highest at tau 4 and lower on both sides (two lines, p = 0.17: may be chance)".
 * @param unit what there are several of, a noun that takes an s
 */
export function peakInWords(peak: Peak<Tau> | Peak<number>, unit = "seed"): string {
  const { seeds, shown, significant, p } = peak;
  if (seeds.length !== 1) {
    const alone = `${significant} significant by ${significant === 1 ? "itself" : "themselves"}`;
    return `grows, then falls in ${shown} of ${plural(seeds.length, unit)} (sign test ${pInWords(p ?? 1)}; ${alone})`;
  }
  const { at, lines, shown: turns } = seeds[0]!;
  if (at === null) return "was not measured";
  if (!lines) return `is highest at ${taus([at])}, too near an end for a test of whether it first grows, then falls`;
  if (!turns) return `is highest at ${taus([at])}, but does not fall away on both sides`;
  const doubt = lines.p <= 0.05 ? "" : ": may be chance";
  return `is highest at ${taus([at])} and falls away on both sides (two lines, ${pInWords(lines.p)}${doubt})`;
}

function pInWords(p: number): string {
  return p < 0.001 ? "p < 0.001" : `p = ${short(p, 2)}`;
}
