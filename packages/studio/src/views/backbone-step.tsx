import { useEffect, useRef, useState } from "preact/hooks";
import { usualNormalisations } from "@taskhead/core/internals";
import { fetchModel } from "../data/hub.js";
import { modelIn } from "../data/model-files.js";
import type { PlacedFile } from "../data/placed-file.js";
import type { Progress } from "../job/told.js";
import type { BackboneChoice } from "../job/project.js";
import {
  backboneIn,
  embedded,
  ofPictures,
  saidOfBackbone,
  type AskedPixels,
  type ChosenBackbone,
} from "./backbones.js";
import { Bar } from "./bar.js";
import { ChooseFiles } from "./choose-files.js";
import { DropZone } from "./drop-zone.js";
import { hubAddress } from "./hub-address.js";
import { Fault, Step } from "./step.js";
import { StopButton } from "./stop-button.js";
import { onPage, sentence } from "./words.js";

interface BackboneStepProps {
  /** What it has to take. */
  readonly kind: BackboneChoice["kind"];
  /** Null where none is chosen yet. */
  readonly backbone: ChosenBackbone | null;
  onBackbone(backbone: ChosenBackbone | null): void;
}

const about: Readonly<Record<BackboneChoice["kind"], string>> = {
  pictures:
    "The network that is fine-tuned. The embedded one is small (32 pixels, 80,000 weights) and was pretrained on drawn shapes: it trains in seconds, and shows how everything works. For photographs give a model: its ONNX file, its folder, or its id on the hub.",
  texts:
    "The encoder that is fine-tuned. The embedded one is tiny and was pretrained on short written requests: it shows how everything works. For other texts give a model's folder with onnx/model.onnx and tokenizer.json in it, a zip of it, or its id on the hub.",
  graphs:
    "The graph network that is fine-tuned; none comes with the page. Give its ONNX file, which takes the atoms and bonds of molecules with the features of the Open Graph Benchmark (9 numbers an atom, 3 a bond) or those of Hu et al. (2 and 2), or other graphs with the features that they have.",
};

const ownName: Readonly<Record<BackboneChoice["kind"], string | null>> = {
  pictures: "The embedded network",
  texts: "The embedded encoder",
  graphs: null,
};

const examples: Readonly<Record<BackboneChoice["kind"], string>> = {
  pictures: "onnx-community/resnet-18",
  texts: "Xenova/all-MiniLM-L6-v2",
  graphs: "organisation/name",
};

/** The id of what says that a model was not taken. */
const faults = "fault-backbone";

/** Which pretrained network is to be fine-tuned, and what it takes. */
export function BackboneStep({ kind, backbone, onBackbone }: BackboneStepProps) {
  const [id, setId] = useState("");
  const [fetching, setFetching] = useState<Progress | null>(null);
  const [given, setGiven] = useState<{ readonly files: readonly PlacedFile[]; readonly name?: string } | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  // A backbone of the other kind of samples is none here.
  useEffect(() => {
    if (backbone === null) onBackbone(embedded[kind]);
  }, [kind]);

  const fetched = useRef(new AbortController());
  const take = async (
    work: () => Promise<readonly PlacedFile[]>,
    { name, signal }: { readonly name?: string; readonly signal?: AbortSignal } = {},
  ): Promise<void> => {
    setFault(null);
    try {
      const files = await work();
      onBackbone(await backboneIn(files, kind, name));
      setGiven({ files, ...(name === undefined ? {} : { name }) });
    } catch (error) {
      if (!signal?.aborted) setFault(sentence(onPage((error as Error).message)));
    }
  };
  const fetchIt = async (): Promise<void> => {
    const own = id.trim();
    const told = (file: string, done: number, total: number): void =>
      setFetching({ task: `fetching ${file} (${megabytes(done)})`, done, total: Math.max(total, done) });
    setFetching({ task: "fetching", done: 0, total: 1 });
    const { signal } = (fetched.current = new AbortController());
    await take(() => fetchModel(own, hubAddress(), told, signal), { name: own, signal });
    setFetching(null);
  };
  const ask = async (asks: AskedPixels): Promise<void> =>
    onBackbone(ofPictures(await modelIn(given!.files, given!.name), asks));
  const takeEmbedded = (): void => {
    setFault(null);
    onBackbone(embedded[kind]);
  };
  const isEmbedded = backbone === embedded[kind];
  return (
    <Step number={2} title="Backbone">
      <p>{about[kind]}</p>
      <DropZone onFiles={(files) => void take(() => files)}>
        <p class="choices">
          {ownName[kind] === null ? null : (
            <button type="button" aria-pressed={isEmbedded} onClick={takeEmbedded}>
              {ownName[kind]}
            </button>
          )}
          <ChooseFiles
            label="Choose a model's folder"
            testid="model-folder"
            fault={faults}
            onFiles={(files) => void take(() => files)}
          />
          <ChooseFiles
            label={kind === "texts" ? "Choose a zip" : "Choose an ONNX file or a zip"}
            testid="onnx"
            fault={faults}
            accept={kind === "texts" ? ".zip" : ".onnx,.zip"}
            onFiles={(files) => void take(() => files)}
          />
        </p>
        <form
          class="choices"
          onSubmit={(event) => {
            event.preventDefault();
            void fetchIt();
          }}
        >
          <label>
            or an id on the hub{" "}
            <input
              value={id}
              placeholder={examples[kind]}
              data-testid="hub-id"
              aria-describedby={faults}
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => setId(event.currentTarget.value)}
            />
          </label>
          <button type="submit" disabled={id.trim() === "" || fetching !== null}>
            Fetch it
          </button>
          {fetching ? <StopButton onStop={() => fetched.current.abort()} /> : null}
        </form>
        <p class="said">Fetching asks {new URL(hubAddress()).host} for its files; nothing else is asked of anyone.</p>
      </DropZone>
      {fetching ? <Bar progress={fetching} /> : null}
      {backbone?.asks ? (
        <Pixels asks={backbone.asks} fixed={backbone.fixed !== undefined} onAsks={(asks) => void ask(asks)} />
      ) : null}
      <p data-testid="backbone" aria-live="polite">
        {backbone ? saidOfBackbone(backbone) : "None is chosen yet."}
      </p>
      <Fault id={faults} text={fault} />
    </Step>
  );
}

/** The smallest and the largest picture that is asked for. */
const sides = [8, 1024] as const;

function sideIn(text: string): number {
  return Math.min(sides[1], Math.max(sides[0], Math.round(Number(text))));
}

interface PixelsProps {
  readonly asks: AskedPixels;
  /** Whether the model itself says the size. */
  readonly fixed: boolean;
  onAsks(asks: AskedPixels): void;
}

function Pixels({ asks, fixed, onAsks }: PixelsProps) {
  return (
    <fieldset>
      <legend>How it takes pictures</legend>
      {fixed ? null : (
        <label>
          Picture size{" "}
          <input
            type="number"
            min={sides[0]}
            max={sides[1]}
            value={asks.side}
            data-testid="side"
            onChange={(event) => onAsks({ ...asks, side: sideIn(event.currentTarget.value) })}
          />
        </label>
      )}
      <label>
        Normalisation{" "}
        <select onChange={(event) => onAsks({ ...asks, normalisation: event.currentTarget.selectedIndex })}>
          {usualNormalisations.map(({ name }, i) => (
            <option key={name} selected={i === asks.normalisation}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </fieldset>
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
