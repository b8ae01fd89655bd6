import { unzipped } from "./zip.js";
import type { PlacedFile } from "./placed-file.js";

/** All files of what was dropped on the page: files, folders with all that is in them, and what is in zip files. */
export async function droppedFiles(transfer: DataTransfer): Promise<PlacedFile[]> {
  // The list is empty as soon as somebody waits.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const found: PlacedFile[] = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

/** All files that were chosen in a dialogue, of a folder with their places in it. */
export async function chosenFiles(files: readonly File[]): Promise<PlacedFile[]> {
  const found: PlacedFile[] = [];
  for (const file of files) found.push(...(await opened(file.webkitRelativePath || file.name, file)));
  return found;
}

async function walk(entry: FileSystemEntry, found: PlacedFile[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push(...(await opened(entry.fullPath, file)));
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A browser gives a hundred at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const inner of some) await walk(inner, found);
  }
}

async function opened(path: string, file: File): Promise<PlacedFile[]> {
  const placed = { path, file };
  return /\.zip$/i.test(path) ? unzipped(placed) : [placed];
}
