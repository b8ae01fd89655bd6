import { capital } from "taskhead/inputs";
import type { Loaded, ProbedPoint, Progress } from "../job/told.js";
import { Bar } from "./bar.js";
import { EnergyCurve } from "./energy-curve.js";
import { ForecastLine } from "./forecast-line.js";
import { plural } from "./format.js";
import { LeavingButton } from "./leaving-button.js";
import { Spoken } from "./spoken.js";
import { Fault, Step } from "./step.js";
import { StopButton } from "./stop-button.js";
import { saidOfCurve } from "./starts.js";
import { nounOf, saidOf, withOutputs } from "./tell.js";
import type { Forecasts } from "./use-forecasts.js";

interface ProbeStepProps {
  readonly ready: boolean;
  /** No backbone is chosen that takes such samples. */
  readonly lacks: boolean;
  /** What is kept from before, while no other samples are given. */
  readonly kept: Loaded | null;
  readonly loaded: Loaded | null;
  /** Something is computed, here or in another step. */
  readonly busy: boolean;
  readonly probing: boolean;
  readonly fault: string | null;
  readonly progress: Progress | null;
  readonly points: readonly ProbedPoint[];
  /** The start that is chosen; undefined while probing. */
  readonly chosen: number | undefined;
  readonly epochs: number;
  readonly forecasts: Forecasts;
  onProbe(fresh: boolean): void;
  onStop(): void;
  onForget(): void;
  onChoose(index: number): void;
}

/** Energy and score against tau as they come, and the choice of a start. */
export function ProbeStep(props: ProbeStepProps) {
  const { ready, lacks, kept, loaded, busy, probing, fault, progress, points, chosen, forecasts, epochs } = props;
  return (
    <Step number={3} title="Probe the head" waits={!ready && loaded === null}>
      <p>
        A new head is trained on the frozen backbone, and kept at every τ. What it still gets wrong is the energy that
        pushes the features when fine-tuning starts.
      </p>
      {kept ? (
        <p>
          Kept from before: {plural(kept.project.names.length, nounOf(kept.project.kind))}{" "}
          {withOutputs(kept.project.task, kept.project.outputs.length)}, {kept.project.backbone.name}.
        </p>
      ) : null}
      <p class="choices">
        <button
          type="button"
          class="main"
          disabled={busy || (ready && lacks)}
          aria-describedby="fault-probing"
          onClick={() => props.onProbe(ready)}
        >
          {ready ? "Probe" : "Probe what is kept"}
        </button>
        {probing ? <StopButton onStop={props.onStop} /> : null}
        {kept ? (
          <LeavingButton back={1} disabled={busy} onClick={props.onForget}>
            Forget it
          </LeavingButton>
        ) : null}
      </p>
      {ready && lacks ? <p class="said">Choose a backbone first.</p> : null}
      {loaded ? <p class="said">{saidOf(loaded)}</p> : null}
      {loaded && loaded.notes.length > 0 ? (
        <ul class="notes" data-testid="data-notes">
          {loaded.notes.map((note) => (
            <li key={note}>{capital(note)}.</li>
          ))}
        </ul>
      ) : null}
      {progress ? <Bar progress={progress} /> : null}
      <Fault id="fault-probing" text={fault} />
      {loaded && points.length > 0 ? (
        <EnergyCurve
          points={points}
          task={loaded.project.task}
          metric={loaded.metric}
          forecasts={forecasts.known}
          {...(chosen === undefined ? {} : { chosen, onChoose: props.onChoose })}
        />
      ) : null}
      {chosen === undefined ? null : <ForecastLine forecasts={forecasts} index={chosen} epochs={epochs} waits={busy} />}
      {loaded && chosen !== undefined ? <Spoken text={`Probed: ${saidOfCurve(points, loaded.metric)}.`} /> : null}
    </Step>
  );
}

/** Half of the energy left, as `taskhead tune` starts: neither a random head nor one that leaves nothing to do. */
export function usualStart(points: readonly ProbedPoint[]): number {
  const wanted = points[0]!.energy / 2;
  const away = points.map(({ energy }) => Math.abs(energy - wanted));
  return away.indexOf(Math.min(...away));
}
