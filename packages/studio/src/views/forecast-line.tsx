import type { Forecasts } from "./use-forecasts.js";
import { percent } from "./format.js";
import { onPage } from "./words.js";

interface ForecastLineProps {
  readonly forecasts: Forecasts;
  readonly index: number;
  readonly epochs: number;
  /** Something else is computed. */
  readonly waits: boolean;
}

/** How far the features will move from the start that is chosen. */
export function ForecastLine({ forecasts: { known, progress, fault }, index, epochs, waits }: ForecastLineProps) {
  const found = known.get(index);
  const of = `in ${epochs} ${epochs === 1 ? "epoch" : "epochs"}`;
  return (
    <p class="forecast" aria-live="polite" data-testid="forecast">
      <b>Forecast:</b>{" "}
      {found
        ? found.euclidean === null
          ? `the first steps from here diverge.`
          : `features will move by about ${found.euclidean.toPrecision(2)} ${of}, ${percent(found.share)} of their length${found.coherence === null ? "" : `, ${percent(found.coherence)} of it in common`}.`
        : fault === null
          ? progress
            ? `${progress.task} …`
            : waits
              ? "when fine-tuning has ended …"
              : "…"
          : onPage(fault)}
    </p>
  );
}
