import { Fragment } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { ObjectiveName } from "@taskhead/core/internals";
import {
  areRows,
  byLabels,
  countOf,
  faultOf,
  nothingGiven,
  recolumned,
  regrouped,
  setsIn,
  whatIsIn,
  type GivenSamples,
} from "../data/given.js";
import { classesOf, type Picture } from "../data/pictures.js";
import { sharesOf, type Share } from "../data/shares.js";
import type { PlacedFile } from "../data/placed-file.js";
import { sheetEndings } from "../data/sheet.js";
import type { OpenedRun } from "../data/run-folder.js";
import { ChooseFiles } from "./choose-files.js";
import { Columns, Groups } from "./columns.js";
import { DropZone } from "./drop-zone.js";
import { number, percent, plural } from "./format.js";
import { Spoken } from "./spoken.js";
import { Fault, Step } from "./step.js";
import { nounOf, saidSets, withOutputs } from "./tell.js";
import { Webcam } from "./webcam.js";
import { useDropsElsewhere } from "./use-drops-elsewhere.js";
import { onPage, sentence } from "./words.js";

interface DataStepProps {
  readonly given: GivenSamples;
  onGiven(given: GivenSamples): void;
  onRun(run: OpenedRun): void;
}

/** The id of what says that files were not taken. */
const faults = "fault-samples";

/** Pictures by class or with masks, or texts with what is to be predicted of them: dropped, chosen or recorded. */
export function DataStep({ given, onGiven, onRun }: DataStepProps) {
  const [fault, setFault] = useState<string | null>(null);
  const [reading, setReading] = useState(false);
  const drops = useRef(0);
  const take = async (files: Promise<PlacedFile[]>): Promise<void> => {
    const own = ++drops.current;
    // What was given since counts, however long this took to read.
    const whileNewest = (then: () => void): void => void (own === drops.current && then());
    setReading(true);
    setFault(null);
    try {
      const found = await whatIsIn(await files);
      whileNewest(() => ("kind" in found ? onGiven(found) : onRun(found)));
    } catch (error) {
      whileNewest(() => setFault(sentence(`Nothing was taken: ${onPage((error as Error).message)}`)));
    } finally {
      whileNewest(() => setReading(false));
    }
  };
  useDropsElsewhere((files) => void take(files));
  const pictures = given.kind === "pictures" ? given.pictures : [];
  const notTaken = faultOf(given);
  return (
    <Step number={1} title="Samples">
      <DropZone onFiles={take}>
        <p>Drop here one of these, or a zip of it:</p>
        <ul class="kinds">
          <li>a folder that holds one folder of pictures, or of .txt files, for each class</li>
          <li>pictures with a metadata.csv or another table that says what is on each</li>
          <li>a folder with pictures in images/ and PNGs of their pixels’ classes in masks/</li>
          <li>
            a table of texts, or of molecules as SMILES, and their classes, labels or numbers (.csv, .tsv, .jsonl,
            .parquet)
          </li>
          <li>graphs with what is to be predicted of them, a JSON object a line (.jsonl)</li>
          <li>texts in which each word has a tag (.conll, or a table with lists of both)</li>
          <li>archives of pictures or texts and what is to be predicted of each (.tar, .tar.gz)</li>
          <li>any of these in sets: folders, tables or archives that are called train, validation and test</li>
          <li>the folder of a run or a sweep, which opens as a report</li>
        </ul>
        <p class="choices">
          <ChooseFiles label="Choose a folder" testid="folder" fault={faults} onFiles={take} />
          <ChooseFiles
            label="Choose tables, archives or a zip"
            testid="file"
            fault={faults}
            accept={[...sheetEndings, ".txt", ".zip", ".tar", ".tgz", ".gz"].join()}
            onFiles={take}
          />
        </p>
        <Webcam
          onPictures={(more) =>
            onGiven({ ...(given.kind === "pictures" ? given : nothingGiven), pictures: [...pictures, ...more] })
          }
        />
      </DropZone>
      <div role="status">{reading ? <p class="said">Reading what was given …</p> : null}</div>
      <Fault id={faults} text={fault} />
      <LabelsFrom given={given} onGiven={onGiven} />
      {areRows(given) ? (
        <>
          {given.sheet ? (
            <Columns
              sheet={given.sheet}
              chosen={given.found?.chosen ?? null}
              onChosen={(asked) => void recolumned(given, asked).then(onGiven)}
            />
          ) : null}
        </>
      ) : given.grouping && given.grouping.columns.length > 0 ? (
        <fieldset>
          <legend>Which pictures stay together</legend>
          <Groups
            columns={given.grouping.columns}
            asked={given.grouping.asked}
            onAsked={(asked) => void regrouped(given, asked).then(onGiven)}
          />
        </fieldset>
      ) : null}
      <Fault
        id="fault-columns"
        text={
          notTaken === undefined
            ? null
            : sentence(`Nothing was taken: ${onPage(notTaken, areRows(given) ? given.sheet?.task : "classification")}`)
        }
      />
      <Taken given={given} />
    </Step>
  );
}

/** Of pictures that have both: whether their folders say what is to be predicted, or the file of labels beside these. */
function LabelsFrom({ given, onGiven }: Pick<DataStepProps, "given" | "onGiven">) {
  const folders = given.kind === "pictures" ? given : areRows(given) ? given.folders : undefined;
  if (!folders?.labels) return null;
  return (
    <fieldset>
      <legend>What says what is to be predicted</legend>
      <label>
        Labels are{" "}
        <select
          data-testid="labels-from"
          onChange={(event) =>
            event.currentTarget.value === "folders" ? onGiven(folders) : void byLabels(folders).then(onGiven)
          }
        >
          <option value="folders" selected={given === folders}>
            the folders that pictures are in
          </option>
          <option value="file" selected={given !== folders}>
            in {folders.labels.path}
          </option>
        </select>
      </label>
    </fieldset>
  );
}

/** How many there are, of what, and how they were read. */
function Taken({ given }: { given: GivenSamples }) {
  const found = given.kind === "pictures" ? null : given.found;
  const own = (given.kind === "pictures" ? given.notes : found?.notes) ?? [];
  const notes = areRows(given) ? own : [...own, ...(given.grouping?.notes ?? [])];
  const sets = setsIn(given);
  const count = countOf(given);
  const shares = useMemo(() => allShares(given), [given]);
  if (count === 0) return null;
  const task = taskOf(given);
  const masks = given.kind === "masks" ? " with masks" : "";
  const said = `${plural(count, nounOf(given.kind))}${masks} ${withOutputs(task, shares.length)}`;
  const shown = shares.slice(0, 24);
  return (
    <>
      <p data-testid="given">
        {said}:{" "}
        {shown.map((share, i) => (
          <Fragment key={share.output}>
            {i > 0 ? " " : null}
            <span class="class">
              {share.output} <b>{amountOf(share)}</b>
              {i < shown.length - 1 ? "," : null}
            </span>
          </Fragment>
        ))}
        {shown.length < shares.length ? ` and ${shares.length - shown.length} more` : null}
      </p>
      {found ? <p class="said">It {onPage(found.said, task)}.</p> : null}
      {sets ? (
        <p class="said" data-testid="sets">
          {saidSets(sets)}
        </p>
      ) : null}
      {notes.length > 0 ? (
        <ul class="notes">
          {notes.map((note) => (
            <li key={note}>{onPage(note, task)}</li>
          ))}
        </ul>
      ) : null}
      <Spoken text={`${said}.`} />
    </>
  );
}

function taskOf(given: GivenSamples): ObjectiveName {
  if (given.kind === "masks") return "segmentation";
  return (given.kind !== "pictures" && given.found?.task) || "classification";
}

function allShares(given: GivenSamples): Share[] {
  if (given.kind === "pictures") return classShares(given.pictures);
  if (given.kind !== "masks") return given.found ? sharesOf(given.found) : [];
  const { classes, shares } = given.found;
  return classes.names.map((output, i) => ({ output, part: shares[i]! }));
}

function classShares(pictures: readonly Picture[]): Share[] {
  const counts = new Map<string, number>();
  for (const { label } of pictures) counts.set(label, (counts.get(label) ?? 0) + 1);
  return classesOf(pictures).map((output) => ({ output, count: counts.get(output)! }));
}

function amountOf(share: Share): string {
  if ("count" in share) return String(share.count);
  if ("part" in share) return percent(share.part);
  return share.range ? `${number(share.range[0])} to ${number(share.range[1])}` : "not known";
}
