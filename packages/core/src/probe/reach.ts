/** Something that leaves so much energy. */
export interface Leaving {
  readonly energy: number;
}

/** The first place on a path at which an energy is reached; or what energies the path has. */
export type Reached<T> = { readonly found: T } | { readonly low: number; readonly high: number };

/** Where a search between two places ends that does not come within the tolerance: there is then no number in between. */
const mostSteps = 100;

/**
 * Walks a path until energy has passed the wanted one, and then closes in on the place in between: by bisection, with a
 * secant step wherever that halves the bracket as well. The first place on the path counts, though energy may come back to
 * the same value later. Where the path turns between two of its places just short of what is wanted, the turn is looked at
 * closer.
 * @param path places, in the order in which they are tried
 * @param tolerance of the energy
 */
export async function reach<T extends Leaving>(
  path: readonly number[],
  at: (place: number) => Promise<T>,
  wanted: number,
  tolerance: number,
): Promise<Reached<T>> {
  const seen: [place: number, found: T][] = [];
  for (const place of path) {
    seen.push([place, await at(place)]);
    const [before, here] = seen.slice(-2);
    if (before && here && between(before[1], here[1], wanted))
      return { found: await close(before, here, at, wanted, tolerance) };
  }
  const ends: number[] = [];
  for (const sign of [1, -1]) {
    const turn = seen.reduce((best, [, { energy }], i) => (sign * energy < sign * seen[best]![1].energy ? i : best), 0);
    const [before, after] = [seen[turn - 1], seen[turn + 1]];
    // At an end of the path nothing turns.
    const extreme = before && after ? await turningPoint(before[0], after[0], at, sign) : seen[turn]!;
    if (before && between(before[1], extreme[1], wanted))
      return { found: await close(before, extreme, at, wanted, tolerance) };
    ends.push(extreme[1].energy);
  }
  return { low: ends[0]!, high: ends[1]! };
}

function between(a: Leaving, b: Leaving, wanted: number): boolean {
  return (a.energy - wanted) * (b.energy - wanted) <= 0;
}

async function close<T extends Leaving>(
  from: readonly [number, T],
  to: readonly [number, T],
  at: (place: number) => Promise<T>,
  wanted: number,
  tolerance: number,
): Promise<T> {
  const off = ([, { energy }]: readonly [number, T]): number => energy - wanted;
  const nearer = (): readonly [number, T] => (Math.abs(off(from)) <= Math.abs(off(to)) ? from : to);
  for (let step = 0; step < mostSteps && Math.abs(off(nearer())) > tolerance; step++) {
    const secant = (from[0] * off(to) - to[0] * off(from)) / (off(to) - off(from));
    const place = step % 2 === 0 && Number.isFinite(secant) ? secant : (from[0] + to[0]) / 2;
    if (place === from[0] || place === to[0]) break;
    const middle = [place, await at(place)] as const;
    if (between(from[1], middle[1], wanted)) to = middle;
    else from = middle;
  }
  return nearer()[1];
}

const golden = (Math.sqrt(5) - 1) / 2;

/** The least of `sign` times the energy between two places, by golden sections. */
async function turningPoint<T extends Leaving>(
  from: number,
  to: number,
  at: (place: number) => Promise<T>,
  sign: number,
): Promise<[number, T]> {
  const look = async (place: number): Promise<[number, T]> => [place, await at(place)];
  let [low, high] = [await look(to - golden * (to - from)), await look(from + golden * (to - from))];
  for (let step = 0; step < 40; step++) {
    if (sign * low[1].energy <= sign * high[1].energy) {
      to = high[0];
      [low, high] = [await look(to - golden * (to - from)), low];
    } else {
      from = low[0];
      [low, high] = [high, await look(from + golden * (to - from))];
    }
  }
  return sign * low[1].energy <= sign * high[1].energy ? low : high;
}
