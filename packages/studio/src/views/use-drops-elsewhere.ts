import { useEffect } from "preact/hooks";
import { droppedFiles } from "../data/dropped.js";
import type { PlacedFile } from "../data/placed-file.js";

/** What is dropped beside the places for it: a browser would open it in the place of the page. */
export function useDropsElsewhere(onFiles: (files: Promise<PlacedFile[]>) => void): void {
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (holdsFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      if (event.defaultPrevented || !holdsFiles(event)) return;
      event.preventDefault();
      onFiles(droppedFiles(event.dataTransfer!));
    };
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("drop", drop);
    };
  });
}

function holdsFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes("Files") ?? false;
}
