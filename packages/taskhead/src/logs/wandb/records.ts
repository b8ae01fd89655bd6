import { crc32 } from "../crc32.js";

/**
 * The file that W&B syncs from: seven bytes, then records in LevelDB's log format, with CRC-32 for CRC-32C. Blocks of 32 KiB hold
 * fragments, each with checksum (of its type and data), length and type; what has no room goes on in the next block.
 */
const blockSize = 32768;
const headerSize = 7;

/** `:W&B`, 0xBEE1, version 0. */
export const fileHeader: Uint8Array = Uint8Array.of(0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0);

const types = { full: 1, first: 2, middle: 3, last: 4 } as const;

/** A record as it stands in the file. @param at the length of the file before it */
export function logRecord(data: Uint8Array, at: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let place = at;
  let rest = data;
  const put = (bytes: Uint8Array): void => {
    parts.push(bytes);
    place += bytes.length;
  };
  for (let isFirst = true, isLast = false; !isLast; isFirst = false) {
    const left = blockSize - (place % blockSize);
    // Not even a header has room.
    if (left < headerSize) put(new Uint8Array(left));
    const room = blockSize - (place % blockSize) - headerSize;
    isLast = rest.length <= room;
    const type = isFirst ? (isLast ? types.full : types.first) : isLast ? types.last : types.middle;
    put(fragment(type, rest.subarray(0, room)));
    rest = rest.subarray(room);
  }
  return Buffer.concat(parts);
}

function fragment(type: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerSize + data.length);
  bytes[6] = type;
  bytes.set(data, headerSize);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, crc32(bytes.subarray(6)), true);
  view.setUint16(4, data.length, true);
  return bytes;
}
