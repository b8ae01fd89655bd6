import { useEffect, useRef, useState } from "preact/hooks";
import { StoppedError, type Caller } from "../job/calls.js";
import type { Forecasted } from "../job/forecaster.js";
import type { Jobs } from "../job/jobs.js";
import type { Progress } from "../job/told.js";

/** What is known of how far features would move, by the place of the head. */
export interface Forecasts {
  readonly known: ReadonlyMap<number, Forecasted>;
  /** What is being worked out now. */
  readonly progress: Progress | null;
  readonly fault: string | null;
}

/** Drags pass over many starts on their way. */
const rest = 120;

/**
 * Forecasts for the start that is chosen, as it is dragged: one at a time, and of those that were passed meanwhile the last.
 * @param index undefined while there is nothing to forecast
 * @param waits while something else is computed
 */
export function useForecasts(
  caller: Caller<Jobs>,
  index: number | undefined,
  epochs: number,
  waits: boolean,
): Forecasts {
  const [known, setKnown] = useState<readonly Forecasted[]>([]);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const running = useRef<Promise<void>>(Promise.resolve());
  const wanted = useRef<string>("");
  useEffect(() => {
    if (index === undefined) {
      wanted.current = "";
      // Heads that are probed anew are others.
      setKnown([]);
      return;
    }
    const key = waits ? "" : `${index} ${epochs}`;
    wanted.current = key;
    setFault(null);
    if (waits || known.some((one) => one.index === index && one.epochs === epochs)) return;
    const timer = setTimeout(() => {
      running.current = running.current.then(async () => {
        if (wanted.current !== key) return;
        try {
          const found = await caller.call("forecast", { index, epochs }, setProgress);
          setKnown((before) => [...before.filter((one) => one.index !== index || one.epochs !== epochs), found]);
        } catch (error) {
          // Of one that nobody waits for any more nothing is told.
          if (wanted.current === key && !(error instanceof StoppedError)) setFault((error as Error).message);
        } finally {
          setProgress(null);
        }
      });
    }, rest);
    return () => clearTimeout(timer);
  }, [index, epochs, waits]);
  const own = known.filter((one) => one.epochs === epochs);
  return { known: new Map(own.map((one) => [one.index, one])), progress, fault };
}
