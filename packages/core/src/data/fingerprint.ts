import { sha256 } from "./checksum.js";
import { batchesOf, upTo, type Samples } from "./samples.js";

/** Samples in one piece. */
const piece = 64;

/**
 * A mark of samples that changes with any of them: with their targets, and with all that they feed. Piece by piece, so that
 * no more than one is in memory.
 * @returns their number and a SHA-256, in hexadecimal
 */
export async function fingerprintOf(samples: Samples): Promise<string> {
  const { data, starts } = samples.targets;
  const marks = [await sha256(bytesOf(data)), ...(starts ? [await sha256(bytesOf(starts))] : [])];
  for (const indices of batchesOf(samples, upTo(samples.count), piece))
    for (const [name, { data, dims, type }] of Object.entries(await samples.feeds(indices)).toSorted(byName)) {
      const content = ArrayBuffer.isView(data) ? bytesOf(data) : JSON.stringify(data);
      marks.push(JSON.stringify([name, type, dims, await sha256(content)]));
    }
  return `${samples.count} ${await sha256(marks.join())}`;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
