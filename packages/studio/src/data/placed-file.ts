import { isOfSystem, type FileRanges, type TextFile } from "taskhead/inputs";

/** A file, and where it lies below what was given: `photos/cats/1.jpg`. */
export interface PlacedFile {
  readonly path: string;
  readonly file: Blob;
}

/** What is left of a path without what some begin with: `/photos/cats/1.jpg` → `["photos", "cats", "1.jpg"]`. */
export function partsOf({ path }: Pick<PlacedFile, "path">): string[] {
  return path.split("/").filter((part) => part !== "");
}

/** As people call it: `photos/cats/1.jpg`. */
export function pathOf(file: Pick<PlacedFile, "path">): string {
  return partsOf(file).join("/");
}

/** What systems put among files by themselves, or hide. */
export function isHidden(file: Pick<PlacedFile, "path">): boolean {
  return partsOf(file).some(isOfSystem);
}

/** As readers of texts and tables take it. */
export function asTextFile(placed: PlacedFile): TextFile {
  return {
    path: pathOf(placed),
    async *pieces() {
      const reader = placed.file.stream().getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        yield value;
      }
    },
  };
}

/** As readers take it that look at parts of a file. */
export function asRanges({ file }: PlacedFile): FileRanges {
  return { byteLength: file.size, slice: (start, end) => file.slice(start, end).arrayBuffer() };
}
