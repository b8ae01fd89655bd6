import { useState } from "preact/hooks";
import { inColumns, whatIsIn, type GivenSamples } from "../data/given.js";
import { classesOf } from "../data/pictures.js";
import type { PlacedFile } from "../data/placed-file.js";
import type { OpenedRun } from "../data/run-folder.js";
import { ChooseFiles } from "./choose-files.js";
import { Columns } from "./columns.js";
import { DropZone } from "./drop-zone.js";
import { plural } from "./format.js";
import { Fault, Step } from "./step.js";
import { Webcam } from "./webcam.js";
import { onPage } from "./words.js";

interface DataStepProps {
  readonly given: GivenSamples;
  onGiven(given: GivenSamples): void;
  onRun(run: OpenedRun): void;
}

/** Pictures or texts by class: dropped, chosen or recorded. */
export function DataStep({ given, onGiven, onRun }: DataStepProps) {
  const [fault, setFault] = useState<string | null>(null);
  const take = async (files: Promise<PlacedFile[]>): Promise<void> => {
    try {
      const found = await whatIsIn(await files);
      setFault(null);
      if ("kind" in found) onGiven(found);
      else onRun(found);
    } catch (error) {
      setFault(`Nothing was taken: ${onPage((error as Error).message)}.`);
    }
  };
  const pictures = given.kind === "pictures" ? given.pictures : [];
  return (
    <Step number={1} title="Pictures or texts">
      <DropZone onFiles={take}>
        <p>
          Drop a folder here that holds one folder of pictures, or of .txt files, for each class; or a table of texts
          and their classes (.csv, .tsv, .jsonl); or a zip of these. The folder of a run opens as a report.
        </p>
        <p class="choices">
          <ChooseFiles label="Choose a folder" testid="folder" onFiles={take} />
          <ChooseFiles
            label="Choose a table or a zip"
            testid="file"
            accept=".csv,.tsv,.jsonl,.ndjson,.json,.zip"
            onFiles={take}
          />
        </p>
        <Webcam onPictures={(more) => onGiven({ kind: "pictures", pictures: [...pictures, ...more] })} />
      </DropZone>
      <Fault text={fault} />
      {given.kind === "texts" ? (
        <>
          {given.table ? (
            <Columns
              table={given.table}
              chosen={given.found?.chosen ?? null}
              onChosen={(asked) => void inColumns(given.table!, asked).then(onGiven)}
            />
          ) : null}
          <Fault text={given.fault === undefined ? null : `Nothing was taken: ${onPage(given.fault)}.`} />
        </>
      ) : null}
      <Classes given={given} />
    </Step>
  );
}

/** How many there are of each, and how they were read. */
function Classes({ given }: { given: GivenSamples }) {
  const texts = given.kind === "texts" ? given.found : null;
  const samples = given.kind === "pictures" ? given.pictures : (texts?.texts ?? []);
  if (samples.length === 0) return null;
  const counts = new Map<string, number>();
  for (const { label } of samples) counts.set(label, (counts.get(label) ?? 0) + 1);
  const classes = classesOf(samples);
  const shown = classes.slice(0, 24);
  return (
    <>
      <p aria-live="polite" data-testid="given">
        {plural(samples.length, given.kind === "pictures" ? "picture" : "text")} of {classes.length} class
        {classes.length === 1 ? "" : "es"}:{" "}
        {shown.map((label, i) => (
          <span class="class" key={label}>
            {i > 0 ? " " : ""}
            {label} <b>{counts.get(label)}</b>
          </span>
        ))}
        {shown.length < classes.length ? ` and ${classes.length - shown.length} more` : ""}
      </p>
      {texts ? <p class="said">It {onPage(texts.said)}.</p> : null}
      {texts && texts.notes.length > 0 ? (
        <ul class="notes">
          {texts.notes.map((note) => (
            <li key={note}>{onPage(note)}</li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
