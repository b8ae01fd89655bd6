import type { Tau } from "@taskhead/core";
import { compareTaus, methods, type Method } from "@taskhead/core/internals";
import type { TuneOptions } from "../options/options.js";
import type { SweepOptions } from "./sweep-options.js";

/** A point of the grid, seeds aside. */
export interface Candidate {
  /** Place in `SweepOptions.groups`: the method, head and smoothing. */
  group: number;
  tau: Tau;
  /** null where nothing is trained after probing */
  learningRate: number | null;
}

/** A candidate with a seed: one fine-tuning. Plain values, as it may run in another process. */
export interface Trial extends Candidate {
  seed: number;
}

/** Where the run folder keeps what belongs to a trial. */
export function trialFolder({ groups }: SweepOptions, { group, learningRate, seed }: Trial): string {
  const { method, head, smoothing } = groups[group]!;
  return `trials/${method}-${head}-smoothing-${smoothing}/rate-${learningRate ?? "none"}/seed-${seed}`;
}

/** What decides which heads are probed: methods that keep the backbone share them. */
export function probingName({ method, head, smoothing }: TuneOptions, seed: number): string {
  return `${methods[method].trains === "side network" ? "side-" : ""}${head}-smoothing-${smoothing}-seed-${seed}`;
}

/**
 * The candidates that differ: direct fine-tuning is head probing with tau 0, and a head that is not probed has seen no
 * smoothing. The first of equals stays.
 */
export function distinct(candidates: readonly Candidate[], { groups }: SweepOptions): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const { method, head, smoothing } = groups[candidate.group]!;
    const { tau, learningRate } = candidate;
    const { trains, how }: Method = methods[method];
    const identity = [trains, how, head, tau === 0 ? 0 : smoothing, tau, learningRate].join();
    if (!found.has(identity)) found.set(identity, candidate);
  }
  return [...found.values()];
}

/** Taus that several groups ask of one probing. */
export function union(all: readonly TuneOptions["taus"][]): Tau[] {
  return [...new Set(all.flatMap((taus) => (taus === "auto" ? [] : taus)))].sort(compareTaus);
}
