import { unzip, zip, type Zippable } from "fflate";
import type { PlacedFile } from "./placed-file.js";

/** What a zip may come to, so that one of a few bytes cannot fill the memory of a tab. */
const [mostBytes, mostFiles] = [2 ** 31, 50_000];

/** @throws {Error} in words for people, of what is no zip or too large */
export function unzipped(bytes: Uint8Array): Promise<PlacedFile[]> {
  let [size, count] = [0, 0];
  const fits = (originalSize: number): boolean => {
    size += originalSize;
    return ++count <= mostFiles && size <= mostBytes;
  };
  return new Promise((resolve, reject) =>
    unzip(bytes, { filter: ({ originalSize }) => fits(originalSize) }, (error, files) => {
      if (error) return reject(new Error(`the zip cannot be read (${error.message}); pack it again`));
      if (size > mostBytes || count > mostFiles)
        return reject(new Error("the zip unpacks to more than 2 GB or 50,000 files; give less"));
      const entries = Object.entries(files).filter(([path]) => !path.endsWith("/"));
      resolve(entries.map(([path, content]) => ({ path, file: new Blob([content as Uint8Array<ArrayBuffer>]) })));
    }),
  );
}

/** Files as one zip. Weights hardly get smaller: they are only stored. */
export function zipped(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const content: Zippable = Object.fromEntries(
    [...files].map(([path, bytes]) => [path, [bytes, { level: path.endsWith(".onnx") ? 0 : 6 }]] as const),
  );
  return new Promise((resolve, reject) => zip(content, (error, bytes) => (error ? reject(error) : resolve(bytes))));
}
