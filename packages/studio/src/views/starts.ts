import type { Metric } from "@taskhead/core/internals";
import { formatScore, namedScore } from "taskhead/inputs";
import { epochs } from "./format.js";

/** A head that was probed. */
interface Start {
  readonly tau: number;
  readonly energy: number;
  readonly validationScore: number | null;
}

/** What a start is: `tau 24, energy 0.50, validation 45.8 %` */
export function saidOfStart({ tau, energy, validationScore }: Start, metric: Metric): string {
  return `tau ${epochs(tau)}, energy ${energy.toFixed(2)}, validation ${namedScore(validationScore, { metric })}`;
}

/** What the curve shows, for who does not see it. @param points at least one */
export function saidOfCurve(points: readonly Start[], metric: Metric): string {
  const [first, last] = [points[0]!, points.at(-1)!];
  const scores = [first, last].map(({ validationScore }) => formatScore(validationScore, metric));
  return `energy and ${metric.name} against epochs of probing: by tau ${epochs(last.tau)} energy went from ${first.energy.toFixed(2)} to ${last.energy.toFixed(2)}, validation ${metric.name} from ${scores.join(" to ")}`;
}
