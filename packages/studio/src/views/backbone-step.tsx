import { useState } from "preact/hooks";
import { usualNormalisations } from "@taskhead/core/internals";
import type { BackboneChoice } from "../job/project.js";
import { Fault, Step } from "./step.js";
import embedded from "../../../taskhead/assets/demo-backbone.onnx?url";

/** A backbone, and its file's bytes. */
export interface ChosenBackbone {
  readonly choice: BackboneChoice;
  model(): Promise<Uint8Array>;
}

/** The one that comes with the page: small, pretrained on drawn shapes. */
export const embeddedBackbone: ChosenBackbone = {
  choice: { name: "the embedded backbone", side: 32, mean: [0, 0, 0], std: [1, 1, 1] },
  model: async () => new Uint8Array(await (await fetch(embedded)).arrayBuffer()),
};

interface BackboneStepProps {
  readonly backbone: ChosenBackbone;
  onBackbone(backbone: ChosenBackbone): void;
}

/** Which pretrained network is to be fine-tuned, and what it takes. */
export function BackboneStep({ backbone, onBackbone }: BackboneStepProps) {
  const [file, setFile] = useState<File | null>(null);
  const [side, setSide] = useState(224);
  const [normalisation, setNormalisation] = useState(0);
  const [fault, setFault] = useState<string | null>(null);
  const choose = (own: File | null, edge: number, which: number): void => {
    setFile(own);
    setSide(edge);
    setNormalisation(which);
    setFault(null);
    if (!own) return onBackbone(embeddedBackbone);
    if (!/\.onnx$/i.test(own.name)) return setFault(`${own.name} is no .onnx file; give the ONNX file of a model.`);
    const { mean, std } = usualNormalisations[which]!;
    onBackbone({
      choice: { name: own.name, side: edge, mean, std },
      model: async () => new Uint8Array(await own.arrayBuffer()),
    });
  };
  return (
    <Step number={2} title="Backbone">
      <p>
        The network that is fine-tuned. The embedded one is small (32 pixels, 80,000 weights) and was pretrained on
        drawn shapes: it trains in seconds, and shows how everything works. For photographs give an ONNX file.
      </p>
      <fieldset>
        <legend>Backbone</legend>
        <label>
          <input
            type="radio"
            name="backbone"
            checked={file === null}
            onChange={() => choose(null, side, normalisation)}
          />{" "}
          embedded
        </label>
        <label class="button">
          {file === null ? "Choose an ONNX file" : file.name}
          <input
            type="file"
            accept=".onnx"
            data-testid="onnx"
            onChange={(event) => choose(event.currentTarget.files?.[0] ?? null, side, normalisation)}
          />
        </label>
        {file === null ? null : (
          <>
            <label>
              Picture size{" "}
              <input
                type="number"
                min={8}
                max={1024}
                value={side}
                onChange={(event) => choose(file, Number(event.currentTarget.value), normalisation)}
              />
            </label>
            <label>
              Normalisation{" "}
              <select onChange={(event) => choose(file, side, event.currentTarget.selectedIndex)}>
                {usualNormalisations.map(({ name }, i) => (
                  <option key={name} selected={i === normalisation}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </>
        )}
      </fieldset>
      <p>Chosen: {backbone.choice.name}.</p>
      <Fault text={fault} />
    </Step>
  );
}
