import type { Forecasts } from "./use-forecasts.js";
import { percent } from "./format.js";
import { Spoken } from "./spoken.js";
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
  const said = found
    ? found.euclidean === null
      ? `the first steps from here diverge.`
      : `features will move by about ${found.euclidean.toPrecision(2)} ${of}, ${percent(found.share)} of their length${found.coherence === null ? "" : `, ${percent(found.coherence)} of it in common`}.`
    : fault === null
      ? null
      : onPage(fault);
  const meanwhile = progress ? `${progress.task} …` : waits ? "when fine-tuning has ended …" : "…";
  return (
    <>
      <p class="forecast" data-testid="forecast">
        <b>Forecast:</b> {said ?? meanwhile}
      </p>
      <Spoken text={said === null ? "" : `Forecast: ${said}`} />
    </>
  );
}
