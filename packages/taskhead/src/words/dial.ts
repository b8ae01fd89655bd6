import type { Tau } from "@taskhead/core";
import type { Dial, DialWay } from "@taskhead/core/internals";
import { list, short, tauEquals } from "./format.js";

const settings: Record<DialWay, (values: readonly string[]) => string> = {
  temperature: (values) =>
    `by its temperature, its logits times ${list(values)}: that changes no prediction, so that the heads differ in energy and size alone`,
  l2: (values) =>
    `as the optimum with an L2 penalty of strength ${list(values)}: that changes what it predicts as well`,
  smoothing: (values) =>
    `as the optimum on targets smoothed by ε = ${list(values)}: that changes what it predicts as well`,
};

/** How one head was brought to the energies of the runs; empty where heads are as probing left them. */
export function dialSentence(starts: readonly { tau: Tau; dial?: Dial | null }[]): string {
  const dials = starts.flatMap(({ dial }) => dial ?? []);
  const [first] = dials;
  if (!first) return "";
  const values = dials.map(({ value }) => short(value));
  // Of optima it does not matter where the search began.
  const head = first.by === "temperature" ? `The head of ${tauEquals(first.from)}` : "The head";
  return `${head} was brought to ${tauEquals(...starts.flatMap(({ tau, dial }) => (dial ? [tau] : [])))} ${settings[first.by](values)}.`;
}
