import { useEffect, useMemo, useState } from "preact/hooks";
import type { Device, TuneEvent } from "@taskhead/core";
import { areRows, countOf, nothingGiven, type GivenSamples } from "../data/given.js";
import type { OpenedRun } from "../data/run-folder.js";
import { Caller, type Called, LostError, StoppedError } from "../job/calls.js";
import type { Jobs } from "../job/jobs.js";
import type { Finished, Given, Loaded, ProbedPoint, Progress } from "../job/told.js";
import { takes, type Tuning } from "../job/project.js";
import { BackboneStep } from "./backbone-step.js";
import { embedded, type ChosenBackbone } from "./backbones.js";
import { DataStep } from "./data-step.js";
import { Outcome } from "./outcome.js";
import { ProbeStep, usualStart } from "./probe-step.js";
import { RunReport } from "./report-page.js";
import { Fault, Step } from "./step.js";
import { TuneStep } from "./tune-step.js";
import { useAlone } from "./use-alone.js";
import { useForecasts } from "./use-forecasts.js";
import { onPage, sentence } from "./words.js";

/** What goes on in one of the steps. */
type Work = "probing" | "tuning";

/** The page: samples, backbone, probing, fine-tuning, and what came of it. */
export function App() {
  const caller = useMemo(
    () => new Caller<Jobs>(() => new Worker(new URL("../worker.ts", import.meta.url), { type: "module" }) as Called),
    [],
  );
  const [given, setGiven] = useState<GivenSamples>(nothingGiven);
  const [run, setRun] = useState<OpenedRun | null>(null);
  const [backbone, setBackbone] = useState<ChosenBackbone | null>(embedded.pictures);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [points, setPoints] = useState<readonly ProbedPoint[]>([]);
  const [start, setStart] = useState<number | null>(null);
  const [epochs, setEpochs] = useState(8);
  /** Whether samples were given since those that are loaded. */
  const [othersGiven, setOthersGiven] = useState(false);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [notes, setNotes] = useState<readonly string[]>([]);
  const [finished, setFinished] = useState<Finished | null>(null);
  const [working, setWorking] = useState<Work | null>(null);
  const [lost, setLost] = useState<string | null>(null);
  const [unopened, setUnopened] = useState<string | null>(null);
  const [fault, setFault] = useState<{ readonly of: Work; readonly text: string } | null>(null);
  const alone = useAlone();

  useEffect(() => {
    if (!alone) return;
    caller.call("last", null as never).then(
      (last) => {
        if (!last) return;
        setLoaded(last);
        setFinished(last.finished);
        if (last.project.tuning) setEpochs(last.project.tuning.epochs);
      },
      (error: unknown) => {
        // Another begins before this one is found.
        if (error instanceof StoppedError) return;
        setUnopened(
          `${sentence(`What was kept here cannot be opened: ${(error as Error).message}`)} New samples take its place.`,
        );
      },
    );
  }, [alone]);

  const busy = working !== null || !alone;
  const chosen = points.length === 0 || working === "probing" ? undefined : (start ?? usualStart(points));
  const forecasts = useForecasts(caller, chosen, epochs, working === "tuning");

  const during = async (of: Work, work: () => Promise<void>): Promise<void> => {
    setWorking(of);
    setFault(null);
    setUnopened(null);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof StoppedError))
        setFault({ of, text: sentence(onPage((error as Error).message, loaded?.project.task)) });
    } finally {
      setWorking(null);
      setProgress(null);
    }
  };
  /** Once more, by another worker, which computes on the processor. */
  const surviving = async <T,>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LostError)) throw error;
      setLost(`The GPU was lost (${error.message}); the processor goes on from the last checkpoint.`);
      return work();
    }
  };
  const probe = (fresh: boolean): Promise<void> =>
    during("probing", async () => {
      setPoints([]);
      setStart(null);
      if (fresh) {
        setLoaded(null);
        setFinished(null);
        setLost(null);
        // The threads of a worker are settled once, and depend on what samples are.
        caller.stop();
        setLoaded(
          await caller.call("load", { ...(await givenOf(given, ownBackbone!)), ...askedDevice() }, setProgress),
        );
        setOthersGiven(false);
      }
      const stops = await surviving(() => {
        setPoints([]);
        return caller.call("probe", null, (event) => {
          if ("tau" in event) setPoints((before) => [...before, event]);
          else setProgress(event);
        });
      });
      setPoints(stops);
    });
  const tune = (tuning: Tuning): Promise<void> =>
    during("tuning", async () => {
      setEpochs(tuning.epochs);
      setFinished(null);
      setNotes([]);
      setLoaded((before) => before && { ...before, project: { ...before.project, tuning } });
      setFinished(await surviving(() => caller.call("tune", tuning, hear)));
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
    setFinished(null);
    setPoints([]);
    setFault(null);
    setOthersGiven(false);
  };
  const give = (samples: GivenSamples): void => {
    setGiven(samples);
    setOthersGiven(loaded !== null);
    setFault(null);
  };
  const choose = (other: ChosenBackbone | null): void => {
    setBackbone(other);
    setFault(null);
  };
  const faultOf = (of: Work): string | null => (fault?.of === of ? fault.text : null);

  const kind = given.kind;
  const ready = countOf(given) > 0;
  const ownBackbone = backbone?.choice.kind === takes[kind] ? backbone : null;
  const otherBackbone =
    ready && !busy && ownBackbone !== null && loaded?.project.backbone.name !== ownBackbone.choice.name;
  /** What is loaded, and all that was made of it, is not of what is given now. */
  const before = loaded !== null && (othersGiven || otherBackbone);
  const begun = finished === null && !busy && !before ? loaded?.project.tuning : undefined;
  return (
    <main>
      <header>
        <h1>taskhead studio</h1>
        <p>
          Fine-tune a network on pictures, texts, molecules or other graphs in this tab. The samples, the training and
          the model stay here: nothing is sent anywhere.
        </p>
      </header>
      <div role="status">
        {alone === false ? (
          <p class="said" data-testid="elsewhere">
            The studio is open in another tab, and works in one at a time: work there, or close it to go on here.
          </p>
        ) : null}
      </div>
      <Fault id="fault-kept" text={unopened} />
      <DataStep given={given} onGiven={give} onRun={setRun} />
      {run ? <RunReport run={run} onClose={() => setRun(null)} /> : null}
      <BackboneStep kind={takes[kind]} backbone={ownBackbone} onBackbone={choose} />
      <p role="status" class="said" hidden={!before || busy} data-testid="before">
        {before && !busy
          ? `The curve and the model below are of ${othersGiven ? "the samples that were given" : "the backbone that was chosen"} before: probe to begin with what is given now.`
          : ""}
      </p>
      <ProbeStep
        ready={ready}
        lacks={ownBackbone === null}
        kept={ready ? null : loaded}
        loaded={loaded}
        busy={busy}
        probing={working === "probing"}
        fault={faultOf("probing")}
        progress={working === "probing" ? progress : null}
        points={points}
        chosen={chosen}
        epochs={epochs}
        forecasts={forecasts}
        onProbe={(fresh) => void probe(fresh)}
        onStop={() => caller.stop()}
        onForget={() => void forget()}
        onChoose={setStart}
      />
      <TuneStep
        waits={(before && !busy) || (points.length === 0 && !begun && !finished && working !== "tuning")}
        busy={busy}
        tuning={working === "tuning"}
        fault={faultOf("tuning")}
        progress={working === "tuning" ? progress : null}
        epochs={epochs}
        tau={chosen === undefined ? undefined : points[chosen]!.tau}
        begun={begun}
        notes={notes}
        onEpochs={setEpochs}
        onTune={(tuning) => void tune(tuning)}
        onStop={() => caller.stop()}
      />
      <p role="status" class="said" hidden={lost === null} data-testid="lost">
        {lost}
      </p>
      <Step number={5} title="The model" waits={!finished}>
        {finished && loaded ? <Outcome finished={finished} kind={loaded.project.kind} caller={caller} /> : null}
      </Step>
      <footer>
        <p class="said">
          taskhead is under the Apache License 2.0; <a href="licences.txt">the licences of what this page contains</a>.
        </p>
      </footer>
    </main>
  );
}

async function givenOf(given: GivenSamples, { choice, files, model, weights }: ChosenBackbone): Promise<Given> {
  return {
    kind: given.kind,
    backbone: choice,
    model: await model(),
    weights,
    files,
    pictures: given.kind === "pictures" ? given.pictures : [],
    pictureSets: (given.kind === "pictures" && given.sets) || null,
    masks: given.kind === "masks" ? given.found : null,
    group: (!areRows(given) && given.grouping?.asked) || null,
    texts: areRows(given) ? given.found : null,
  };
}

/** `?device=wasm` or `?device=webgpu` takes that one, without trying which is faster. */
function askedDevice(): { device?: Device } {
  const asked = new URLSearchParams(location.search).get("device");
  return asked === "wasm" || asked === "webgpu" ? { device: asked } : {};
}
