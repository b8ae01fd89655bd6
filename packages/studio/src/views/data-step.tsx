import { useState } from "preact/hooks";
import { chosenFiles, droppedFiles } from "../data/dropped.js";
import { classesOf, picturesByFolder, type Picture, type PlacedFile } from "../data/pictures.js";
import { plural } from "./format.js";
import { Fault, Step } from "./step.js";
import { Webcam } from "./webcam.js";

interface DataStepProps {
  readonly pictures: readonly Picture[];
  onPictures(pictures: readonly Picture[]): void;
}

/** Pictures by class: dropped, chosen or recorded. */
export function DataStep({ pictures, onPictures }: DataStepProps) {
  const [fault, setFault] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const take = async (files: Promise<PlacedFile[]>): Promise<void> => {
    try {
      const found = picturesByFolder(await files);
      setFault(null);
      onPictures(found.pictures);
    } catch (error) {
      setFault(`Nothing was taken: ${(error as Error).message}.`);
    }
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer) void take(droppedFiles(event.dataTransfer));
  };
  const choose = (event: Event): void =>
    void take(chosenFiles([...((event.currentTarget as HTMLInputElement).files ?? [])]));
  return (
    <Step number={1} title="Pictures">
      <div
        class={over ? "drop over" : "drop"}
        onDragOver={(event) => (event.preventDefault(), setOver(true))}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <p>Drop a folder here that holds one folder of pictures for each class, or a zip of one.</p>
        <p class="choices">
          <label class="button">
            Choose a folder
            <input type="file" multiple {...{ webkitdirectory: true }} onChange={choose} data-testid="folder" />
          </label>
          <label class="button">
            Choose a zip
            <input type="file" accept=".zip" onChange={choose} data-testid="zip" />
          </label>
        </p>
        <Webcam onPictures={(more) => onPictures([...pictures, ...more])} />
      </div>
      <Fault text={fault} />
      <Classes pictures={pictures} />
    </Step>
  );
}

/** How many there are of each. */
function Classes({ pictures }: { pictures: readonly Picture[] }) {
  if (pictures.length === 0) return null;
  const classes = classesOf(pictures);
  return (
    <p aria-live="polite">
      {plural(pictures.length, "picture")} of {classes.length} class{classes.length === 1 ? "" : "es"}:{" "}
      {classes.map((label, i) => (
        <span class="class" key={label}>
          {i > 0 ? " " : ""}
          {label} <b>{pictures.filter((one) => one.label === label).length}</b>
        </span>
      ))}
    </p>
  );
}
