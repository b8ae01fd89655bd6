import { closeSync, fstatSync, readSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ExternalData } from "@taskhead/autograd";
import { openRegular } from "./open-regular.js";

/** One call reads no more than this: Node.js refuses 2 GiB and above. */
const largestRead = 2 ** 30;

/** Reads the files beside a model where it keeps weights, range by range, so that they may be of any size. */
export function externalDataOf(modelPath: string): ExternalData {
  return (path, offset, length) => {
    const file = openRegular(join(dirname(modelPath), path));
    try {
      // A damaged model may ask for more than there is; that much is never allocated.
      const bytes = new Uint8Array(Math.max(0, Math.min(length, fstatSync(file).size - offset)));
      for (let at = 0; at < bytes.length;) {
        const read = readSync(file, bytes, at, Math.min(largestRead, bytes.length - at), offset + at);
        if (read === 0) return bytes.subarray(0, at);
        at += read;
      }
      return bytes;
    } finally {
      closeSync(file);
    }
  };
}
