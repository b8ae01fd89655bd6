import { useEffect, useMemo, useState } from "preact/hooks";
import type { TuneEvent, TuneResults } from "@taskhead/core";
import type { Picture } from "../data/pictures.js";
import { Caller, StoppedError } from "../job/calls.js";
import type { Jobs, Loaded, ProbedPoint, Progress } from "../job/jobs.js";
import type { Tuning } from "../job/project.js";
import { BackboneStep, embeddedBackbone, type ChosenBackbone } from "./backbone-step.js";
import { Bar } from "./bar.js";
import { DataStep } from "./data-step.js";
import { EnergyCurve } from "./energy-curve.js";
import { epochs as epochsOf, plural } from "./format.js";
import { Outcome } from "./outcome.js";
import { Fault, Step } from "./step.js";

/** The page: pictures, backbone, probing, fine-tuning, and what came of it. */
export function App() {
  const caller = useMemo(
    () => new Caller<Jobs>(() => new Worker(new URL("../worker.ts", import.meta.url), { type: "module" })),
    [],
  );
  const [pictures, setPictures] = useState<readonly Picture[]>([]);
  const [backbone, setBackbone] = useState<ChosenBackbone>(embeddedBackbone);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [points, setPoints] = useState<readonly ProbedPoint[]>([]);
  const [start, setStart] = useState<number | null>(null);
  const [epochs, setEpochs] = useState(8);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [notes, setNotes] = useState<readonly string[]>([]);
  const [results, setResults] = useState<TuneResults | null>(null);
  const [working, setWorking] = useState<"probing" | "tuning" | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  useEffect(() => {
    void caller.call("last", null as never).then((last) => {
      if (!last) return;
      setLoaded(last);
      setResults(last.results);
    });
  }, []);

  const during = async (what: "probing" | "tuning", work: () => Promise<void>): Promise<void> => {
    setWorking(what);
    setFault(null);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof StoppedError)) setFault((error as Error).message);
    } finally {
      setWorking(null);
      setProgress(null);
    }
  };
  const probe = (fresh: boolean): Promise<void> =>
    during("probing", async () => {
      setPoints([]);
      setStart(null);
      if (fresh) {
        setResults(null);
        const given = { pictures, backbone: backbone.choice, model: await backbone.model() };
        setLoaded(await caller.call("load", given, setProgress));
      }
      const stops = await caller.call("probe", null, (event) => {
        if ("tau" in event) setPoints((before) => [...before, event]);
        else setProgress(event);
      });
      setPoints(stops);
    });
  const tune = (tuning: Tuning): Promise<void> =>
    during("tuning", async () => {
      setResults(null);
      setNotes([]);
      setResults(await caller.call("tune", tuning, hear));
    });
  const hear = (event: TuneEvent): void => {
    if (event.kind === "progress") setProgress(event);
    else if (event.kind === "search")
      setProgress({ task: "fine-tuning", done: event.done, total: event.done + event.left });
    else if (event.kind === "message") setNotes((before) => [...before, event.text].slice(-200));
  };
  const forget = async (): Promise<void> => {
    caller.stop();
    await caller.call("forget", null as never);
    setLoaded(null);
    setResults(null);
    setPoints([]);
  };

  const busy = working !== null;
  const kept = pictures.length === 0 && loaded !== null;
  const unfinished = loaded?.project.tuning && !results && working === null;
  return (
    <main>
      <header>
        <h1>taskhead studio</h1>
        <p>
          Fine-tune an image classifier in this tab. The pictures, the training and the model stay here: nothing is sent
          anywhere.
        </p>
      </header>
      <DataStep pictures={pictures} onPictures={setPictures} />
      <BackboneStep backbone={backbone} onBackbone={setBackbone} />
      <Step number={3} title="Probe the head" waits={pictures.length === 0 && loaded === null}>
        <p>
          A new head is trained on the frozen backbone, and kept at every τ. What it still gets wrong is the energy that
          pushes the features when fine-tuning starts.
        </p>
        {kept ? (
          <p>
            Kept from before: {plural(loaded.project.names.length, "picture")} of {loaded.project.classes.length}{" "}
            classes, {loaded.project.backbone.name}.
          </p>
        ) : null}
        <p class="choices">
          {pictures.length > 0 ? (
            <button type="button" class="main" disabled={busy} onClick={() => probe(true)}>
              Probe
            </button>
          ) : (
            <button type="button" class="main" disabled={busy} onClick={() => probe(false)}>
              Probe what is kept
            </button>
          )}
          {kept ? (
            <button type="button" disabled={busy} onClick={forget}>
              Forget it
            </button>
          ) : null}
        </p>
        {loaded ? <p class="said">{saidOf(loaded)}</p> : null}
        {working === "probing" && progress ? <Bar progress={progress} /> : null}
        {points.length > 0 ? (
          <EnergyCurve
            points={points}
            {...(working === "probing"
              ? {}
              : { chosen: start ?? usualStart(points), onChoose: (index: number) => setStart(index) })}
          />
        ) : null}
      </Step>
      <Step number={4} title="Fine-tune" waits={points.length === 0 && !unfinished && !results && working !== "tuning"}>
        <label>
          Epochs{" "}
          <input
            type="number"
            min={1}
            max={200}
            value={epochs}
            disabled={busy}
            onChange={(event) => setEpochs(Math.max(1, Math.round(Number(event.currentTarget.value))))}
          />
        </label>
        <p class="choices">
          <button type="button" class="main" disabled={busy} onClick={() => tune({ taus: "auto", epochs })}>
            From several starts, and keep the best
          </button>
          {points.length > 0 ? (
            <button
              type="button"
              disabled={busy}
              onClick={() => tune({ taus: [points[start ?? usualStart(points)]!.tau], epochs })}
            >
              From τ = {epochsOf(points[start ?? usualStart(points)]!.tau)} alone
            </button>
          ) : null}
          {unfinished ? (
            <button
              type="button"
              disabled={busy}
              data-testid="resume"
              onClick={() => {
                const { tuning } = loaded.project;
                setEpochs(tuning!.epochs);
                void tune(tuning!);
              }}
            >
              Go on with what was begun
            </button>
          ) : null}
          {busy ? (
            <button type="button" onClick={() => caller.stop()}>
              Stop
            </button>
          ) : null}
        </p>
        {working === "tuning" && progress ? <Bar progress={progress} /> : null}
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
      <Fault text={fault} />
      <Step number={5} title="The model" waits={!results}>
        {results ? <Outcome results={results} caller={caller} /> : null}
      </Step>
    </main>
  );
}

/** Half of the energy spent: neither a random head nor one that leaves nothing to do. */
function usualStart(points: readonly ProbedPoint[]): number {
  const [first, last] = [points[0]!.energy, points.at(-1)!.energy];
  const wanted = (first + last) / 2;
  const away = points.map(({ energy }) => Math.abs(energy - wanted));
  return away.indexOf(Math.min(...away));
}

function saidOf({ project, threads, parameters, blocks, found, train, validation }: Loaded): string {
  const where = project.device === "webgpu" ? "the GPU" : threads > 1 ? `${threads} threads` : "one thread";
  const unread = project.unreadable.length;
  return [
    `${plural(train, "picture")} to train on, ${validation} kept back to choose by; ${plural(parameters, "weight")} in ${plural(blocks, "block")}, on ${where}.`,
    found,
    ...(unread > 0
      ? [`${plural(unread, "picture")} could not be read: ${project.unreadable.slice(0, 3).join(", ")}.`]
      : []),
  ].join(" ");
}
