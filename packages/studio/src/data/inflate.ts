import { unzlibSync } from "fflate";

/** The content of a PNG's data, as `readPng` takes it. @throws {Error} if it is damaged, or more than `size` bytes */
export function inflate(data: Uint8Array, size: number): Uint8Array {
  // One byte more than there should be tells whether there are more; no other is made.
  const content = unzlibSync(data, { out: new Uint8Array(size + 1) });
  if (content.length > size) throw new Error(`there are more than ${size} bytes`);
  return content;
}
