import { useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { droppedFiles } from "../data/dropped.js";
import type { PlacedFile } from "../data/placed-file.js";

interface DropZoneProps {
  onFiles(files: Promise<PlacedFile[]>): void;
  readonly children: ComponentChildren;
}

/** A place where files, folders and zips may be dropped. */
export function DropZone({ onFiles, children }: DropZoneProps) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer) onFiles(droppedFiles(event.dataTransfer));
  };
  return (
    <div
      class={over ? "drop over" : "drop"}
      onDragOver={(event) => (event.preventDefault(), setOver(true))}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {children}
    </div>
  );
}
