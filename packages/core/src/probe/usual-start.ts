import { compareTaus, sharesOfEnergy, type Tau } from "./taus.js";

/** What is known of a head that fine-tuning may start from. */
interface Probed<T extends Tau> {
  readonly tau: T;
  readonly energy: number;
  readonly validationEnergy: number | null;
}

/**
 * The one start of fine-tuning where none is asked for: the head that has half of a random one's energy, or an earlier one,
 * where energy on validation samples is lowest. From then on probing learns its training samples by heart, and takes energy
 * for it.
 */
export function usualStart<T extends Tau>(stops: readonly Probed<T>[]): T {
  const [half] = sharesOfEnergy(stops, 1);
  const lowest = stops
    .filter(({ validationEnergy }) => validationEnergy !== null)
    .toSorted((a, b) => a.validationEnergy! - b.validationEnergy! || compareTaus(a.tau, b.tau))[0];
  return lowest && compareTaus(lowest.tau, half!) < 0 ? lowest.tau : half!;
}
