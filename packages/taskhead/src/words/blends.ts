import { verdictOf, type BestRun, type Blend, type Blends, type Metric } from "@taskhead/core/internals";
import { formatDistance, formatInterval, isShown, percent, plural } from "./format.js";

/** What is known of the exported model, and of the averages that were tried. */
interface Found {
  readonly best: Pick<BestRun, "blend"> | null;
  readonly blends: Blends | null;
}

/** The average of weights that was exported; null where a run was, as it had been trained. */
export function exportedBlend({ best, blends }: Found): Blend | null {
  if (!best?.blend || !blends) return null;
  return best.blend === "soup" ? blends.soup : blends.wiseFt;
}

/** What the exported model is beside the best run: "averaged with 2 other runs' weights (greedy soup)"; null for that run. */
export function blendedHow({ best, blends }: Found): string | null {
  if (!best?.blend || !blends) return null;
  const { share } = blends.wiseFt;
  if (best.blend === "wise-ft")
    return share === 0
      ? "taken back to its start, the probed head alone (WiSE-FT)"
      : `taken ${percent(share)} of the way from its start (WiSE-FT)`;
  const others = blends.soup!.of.length - 1;
  return `averaged with ${others === 1 ? "another run's" : `${others} other runs'`} weights (greedy soup)`;
}

/** "WiSE-FT, share 0.6", "greedy soup, 2 of 5 runs" */
export function blendNames({ soup, wiseFt }: Blends): { soup: string | null; wiseFt: string } {
  return {
    wiseFt: `WiSE-FT, share ${wiseFt.share}`,
    soup: soup && `greedy soup, ${soup.of.length} of ${plural(soup.tried, "run")}`,
  };
}

/** "0.7 points above the best run alone (95 % interval …), which may be chance" */
export function aheadInWords({ ahead }: Blend, metric: Metric): string {
  if (!isShown(ahead, metric)) return "the same as the best run alone";
  const side = ahead.difference > 0 ? "above" : "below";
  const doubt = {
    above: "",
    below: "",
    level: ", which may be chance",
    unknown: ", and whether that is chance is not known",
  };
  return `${formatDistance(ahead.difference, metric)} ${side} the best run alone (${formatInterval(ahead, metric)})${doubt[verdictOf(ahead)]}`;
}
