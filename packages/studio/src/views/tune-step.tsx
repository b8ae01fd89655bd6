import { useRef } from "preact/hooks";
import type { Progress } from "../job/told.js";
import type { Tuning } from "../job/project.js";
import { Bar } from "./bar.js";
import { epochs as epochsOf } from "./format.js";
import { Fault, Step } from "./step.js";
import { StopButton } from "./stop-button.js";

interface TuneStepProps {
  readonly waits: boolean;
  /** Something is computed, here or in another step. */
  readonly busy: boolean;
  readonly tuning: boolean;
  readonly fault: string | null;
  readonly progress: Progress | null;
  readonly epochs: number;
  /** The tau of the start that is chosen; undefined where the head was not probed here. */
  readonly tau: number | undefined;
  /** What was begun and is not finished. */
  readonly begun: Tuning | undefined;
  readonly notes: readonly string[];
  onEpochs(epochs: number): void;
  onTune(tuning: Tuning): void;
  onStop(): void;
}

/** Of a handful of pictures an epoch is one step. */
const mostEpochs = 1000;

/** The id of what says that fine-tuning failed. */
const faults = "fault-tuning";

/** Fine-tuning, from several starts or from one. */
export function TuneStep({ waits, busy, tuning, fault, progress, epochs, tau, begun, notes, ...on }: TuneStepProps) {
  const field = useRef<HTMLInputElement>(null);
  // As the field has it: what was typed a moment ago may not have come round yet.
  const asked = (): number => wholeFrom1(field.current!.value);
  return (
    <Step number={4} title="Fine-tune" waits={waits}>
      <label>
        Epochs{" "}
        <input
          ref={field}
          type="number"
          min={1}
          max={mostEpochs}
          value={epochs}
          disabled={busy}
          data-testid="epochs"
          onInput={({ currentTarget: { value } }) => isEpochs(value) && on.onEpochs(wholeFrom1(value))}
          onChange={(event) => (event.currentTarget.value = String(epochs))}
        />
      </label>
      <p class="choices">
        <button
          type="button"
          class="main"
          disabled={busy}
          aria-describedby={faults}
          onClick={() => on.onTune({ taus: "auto", epochs: asked() })}
        >
          From several starts, and keep the best
        </button>
        {tau === undefined ? null : (
          <button
            type="button"
            disabled={busy}
            aria-describedby={faults}
            onClick={() => on.onTune({ taus: [tau], epochs: asked() })}
          >
            From τ = {epochsOf(tau)} alone
          </button>
        )}
        {begun ? (
          <button
            type="button"
            disabled={busy}
            aria-describedby={faults}
            data-testid="resume"
            onClick={() => on.onTune(begun)}
          >
            Go on with what was begun
          </button>
        ) : null}
        {tuning ? <StopButton onStop={on.onStop} /> : null}
      </p>
      {progress ? <Bar progress={progress} /> : null}
      <Fault id={faults} text={fault} />
      {notes.length > 0 ? (
        <details>
          <summary>What was noted</summary>
          <ul class="notes">
            {notes.map((note, i) => (
              <li key={i}>{note}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </Step>
  );
}

/** Not what is half typed, such as nothing: it would be another number under the hand of who types. */
function isEpochs(text: string): boolean {
  return Number(text) >= 1;
}

function wholeFrom1(text: string): number {
  return Math.min(mostEpochs, Math.max(1, Math.round(Number(text))));
}
