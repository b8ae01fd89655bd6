/**
 * A colour profile of the plainest kind, ICC version 2: for displays, primaries and a gamma, or grey and a gamma.
 * Source of the layout: ICC.1:2001-04.
 */
export function iccProfile(gamma: number, primaries?: readonly (readonly [x: number, y: number, z: number])[]): Buffer {
  const curve = gammaCurve(gamma);
  const tags: [name: string, content: Buffer][] = [
    ["desc", description("test")],
    ["wtpt", xyz([0.9642, 1, 0.8249])],
    ["cprt", Buffer.from("text\0\0\0\0none\0", "latin1")],
  ];
  if (primaries) for (const [i, c] of ["r", "g", "b"].entries()) tags.push([`${c}XYZ`, xyz(primaries[i]!)]);
  for (const c of primaries ? ["r", "g", "b"] : ["k"]) tags.push([`${c}TRC`, curve]);

  const table = Buffer.alloc(4 + 12 * tags.length);
  table.writeUInt32BE(tags.length, 0);
  const contents: Buffer[] = [];
  let at = 128 + table.length;
  for (const [i, [name, content]] of tags.entries()) {
    table.write(name, 4 + 12 * i, "latin1");
    table.writeUInt32BE(at, 8 + 12 * i);
    table.writeUInt32BE(content.length, 12 + 12 * i);
    const padded = Buffer.concat([content, Buffer.alloc((4 - (content.length % 4)) % 4)]);
    contents.push(padded);
    at += padded.length;
  }
  const header = Buffer.alloc(128);
  header.writeUInt32BE(at, 0);
  header.writeUInt32BE(0x02100000, 8);
  header.write(`mntr${primaries ? "RGB " : "GRAY"}XYZ `, 12, "latin1");
  header.writeUInt16BE(2020, 24);
  header.writeUInt16BE(1, 26);
  header.writeUInt16BE(1, 28);
  header.write("acsp", 36, "latin1");
  // The illuminant, D50.
  xyz([0.9642, 1, 0.8249]).copy(header, 68, 8);
  return Buffer.concat([header, table, ...contents]);
}

/** Adobe RGB (1998): its primaries, adapted to D50, and a gamma of 563/256. */
export const adobeRgb = (): Buffer =>
  iccProfile(563 / 256, [
    [0.60974, 0.31111, 0.01947],
    [0.20528, 0.62567, 0.06087],
    [0.14919, 0.06322, 0.74457],
  ]);

function xyz(values: readonly number[]): Buffer {
  const content = Buffer.alloc(20);
  content.write("XYZ ", 0, "latin1");
  values.forEach((v, i) => content.writeInt32BE(Math.round(v * 65536), 8 + 4 * i));
  return content;
}

function gammaCurve(gamma: number): Buffer {
  const content = Buffer.alloc(14);
  content.write("curv", 0, "latin1");
  content.writeUInt32BE(1, 8);
  content.writeUInt16BE(Math.round(gamma * 256), 12);
  return content;
}

/** In ASCII; the Unicode and Macintosh texts that must follow are empty. */
function description(text: string): Buffer {
  const head = Buffer.alloc(12);
  head.write("desc", 0, "latin1");
  head.writeUInt32BE(text.length + 1, 8);
  return Buffer.concat([head, Buffer.from(`${text}\0`, "latin1"), Buffer.alloc(4 + 4 + 2 + 1 + 67)]);
}
