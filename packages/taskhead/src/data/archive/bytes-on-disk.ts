import { open } from "node:fs/promises";
import { readUpTo } from "../../files/read-up-to.js";
import type { Bytes } from "./bytes.js";

/** The bytes of a file, by its path. */
export function bytesOnDisk(path: string): Bytes {
  return {
    async open() {
      const handle = await open(path);
      const { size } = await handle.stat();
      return { size, read: (from, bytes) => readUpTo(handle, from, bytes), close: () => handle.close() };
    },
  };
}
