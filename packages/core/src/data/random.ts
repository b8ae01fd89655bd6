import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { range } from "./range.js";

/** A stream of random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform among from..to, both included. */
  integer(from: number, to: number): number;
  /** Normal with mean 0 and standard deviation `sigma`. */
  normal(sigma: number): number;
}

/**
 * The stream for one purpose, e.g. `random(seed, "probe", epoch)`. It depends on its arguments alone, so that streams
 * do not disturb one another and a resumed run meets the same numbers.
 */
export function random(seed: number, ...purpose: readonly (string | number)[]): Random {
  const generator = xoroshiro128plus(hash(JSON.stringify([seed, ...purpose])));
  // Seeds that differ in few bits give first numbers that do too.
  for (let i = 0; i < 32; i++) generator.next();
  const uniform = (): number => uniformFloat64(generator);
  return {
    uniform,
    integer: (from, to) => uniformInt(generator, from, to),
    // Box and Muller 1958; 1 − u keeps the logarithm finite.
    normal: (sigma) => sigma * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** Shuffles in place (Fisher and Yates); every order is equally likely. Returns its argument. */
export function shuffle<T>(items: T[], rng: Random): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = rng.integer(0, i);
    const held = items[i]!;
    items[i] = items[j]!;
    items[j] = held;
  }
  return items;
}

/** The order in which an epoch visits `count` samples: a function of (seed, purpose, epoch) alone. */
export function epochOrder(count: number, seed: number, purpose: string, epoch: number): number[] {
  return shuffle(range(0, count), random(seed, purpose, "order", epoch));
}

/** `size` numbers from a normal distribution with mean 0. */
export function normals(size: number, sigma: number, rng: Random): Float32Array {
  return Float32Array.from({ length: size }, () => rng.normal(sigma));
}

/** FNV-1a with MurmurHash3's finalizer, 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
