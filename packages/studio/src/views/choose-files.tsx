import { chosenFiles } from "../data/dropped.js";
import type { PlacedFile } from "../data/placed-file.js";

interface ChooseFilesProps {
  readonly label: string;
  readonly testid: string;
  /** Ends of names, as `accept` has them; a whole folder where left out. */
  readonly accept?: string;
  /** The id of what says that they were not taken. */
  readonly fault: string;
  onFiles(files: Promise<PlacedFile[]>): void;
}

/** A button that asks for files, or for a folder. */
export function ChooseFiles({ label, testid, accept, fault, onFiles }: ChooseFilesProps) {
  const folder = accept === undefined ? { webkitdirectory: true } : { accept };
  const choose = (input: HTMLInputElement): void => {
    onFiles(chosenFiles([...(input.files ?? [])]));
    // The same files may be chosen again.
    input.value = "";
  };
  return (
    <label class="button">
      {label}
      <input
        type="file"
        multiple
        {...folder}
        data-testid={testid}
        aria-describedby={fault}
        onChange={(event) => choose(event.currentTarget)}
      />
    </label>
  );
}
