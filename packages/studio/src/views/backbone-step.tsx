import { useEffect, useState } from "preact/hooks";
import { usualNormalisations } from "@taskhead/core/internals";
import { fetchModel } from "../data/hub.js";
import { modelIn } from "../data/model-files.js";
import type { PlacedFile } from "../data/placed-file.js";
import type { Progress } from "../job/jobs.js";
import type { BackboneChoice } from "../job/project.js";
import { backboneIn, embedded, ofPictures, type AskedPixels, type ChosenBackbone } from "./backbones.js";
import { Bar } from "./bar.js";
import { ChooseFiles } from "./choose-files.js";
import { DropZone } from "./drop-zone.js";
import { hubAddress } from "./hub-address.js";
import { Fault, Step } from "./step.js";

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

/** Which pretrained network is to be fine-tuned, and what it takes. */
export function BackboneStep({ kind, backbone, onBackbone }: BackboneStepProps) {
  const [id, setId] = useState("");
  const [fetching, setFetching] = useState<Progress | null>(null);
  const [given, setGiven] = useState<readonly PlacedFile[] | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  // A backbone of the other kind of samples is none here.
  useEffect(() => {
    if (backbone === null) onBackbone(embedded[kind]);
  }, [kind]);

  const take = async (work: () => Promise<readonly PlacedFile[]>, name?: string): Promise<void> => {
    try {
      const files = await work();
      onBackbone(await backboneIn(files, kind, name));
      setGiven(files);
      setFault(null);
    } catch (error) {
      setFault(`${(error as Error).message}.`);
    }
  };
  const fetchIt = async (): Promise<void> => {
    const own = id.trim();
    const told = (file: string, done: number, total: number): void =>
      setFetching({ task: `fetching ${file} (${megabytes(done)})`, done, total: Math.max(total, done) });
    setFetching({ task: "fetching", done: 0, total: 1 });
    await take(() => fetchModel(own, hubAddress(), told), own);
    setFetching(null);
  };
  const ask = async (asks: AskedPixels): Promise<void> => onBackbone(ofPictures(await modelIn(given!), asks));
  const isEmbedded = backbone === embedded[kind];
  return (
    <Step number={2} title="Backbone">
      <p>{about[kind]}</p>
      <DropZone onFiles={(files) => void take(() => files)}>
        <p class="choices">
          {ownName[kind] === null ? null : (
            <button type="button" aria-pressed={isEmbedded} onClick={() => onBackbone(embedded[kind])}>
              {ownName[kind]}
            </button>
          )}
          <ChooseFiles label="Choose a model's folder" testid="model-folder" onFiles={(f) => void take(() => f)} />
          <ChooseFiles
            label={kind === "texts" ? "Choose a zip" : "Choose an ONNX file or a zip"}
            testid="onnx"
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
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => setId(event.currentTarget.value)}
            />
          </label>
          <button type="submit" disabled={id.trim() === "" || fetching !== null}>
            Fetch it
          </button>
        </form>
        <p class="said">Fetching asks {new URL(hubAddress()).host} for its files; nothing else is asked of anyone.</p>
      </DropZone>
      {fetching ? <Bar progress={fetching} /> : null}
      {backbone?.asks ? <Pixels asks={backbone.asks} onAsks={(asks) => void ask(asks)} /> : null}
      <p data-testid="backbone" aria-live="polite">
        {backbone ? `Chosen: ${backbone.choice.name}.` : "None is chosen yet."}
      </p>
      <Fault text={fault} />
    </Step>
  );
}

function Pixels({ asks, onAsks }: { asks: AskedPixels; onAsks(asks: AskedPixels): void }) {
  return (
    <fieldset>
      <legend>How it takes pictures</legend>
      <label>
        Picture size{" "}
        <input
          type="number"
          min={8}
          max={1024}
          value={asks.side}
          data-testid="side"
          onChange={(event) => onAsks({ ...asks, side: Number(event.currentTarget.value) })}
        />
      </label>
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
