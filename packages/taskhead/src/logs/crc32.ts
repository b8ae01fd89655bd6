/** Checksums of 32 bits, reflected, as files of records have them. */
export type Crc32 = (bytes: Uint8Array) => number;

function crc32Of(polynomial: number): Crc32 {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value >>> 0;
  });
  return (bytes) => {
    let crc = 0xffffffff;
    for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 0xff]!;
    return ~crc >>> 0;
  };
}

/** Castagnoli's polynomial (RFC 3720, appendix B.4): TFRecord. */
export const crc32c = crc32Of(0x82f63b78);

/** That of Ethernet and zlib (RFC 1952): the logs of Weights & Biases. Node 20 has it from 20.15 on only. */
export const crc32 = crc32Of(0xedb88320);
