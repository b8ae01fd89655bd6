/** A value of Thrift's compact protocol: an i32, an i64, a text, a list, or a struct by its fields' numbers. */
type Value = number | bigint | string | readonly Value[] | Struct;
interface Struct {
  readonly [field: number]: Value;
}

const magic = new TextEncoder().encode("PAR1");
const [byteArray, required, utf8, uncompressed, plain, runLengths] = [6, 0, 0, 0, 0, 3];

/**
 * A table of texts as a Parquet file: one group of rows, a page for each column, nothing compressed.
 * @param rows with their header
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
export function parquet([header, ...rows]: readonly (readonly string[])[]): Uint8Array {
  const pieces: Uint8Array[] = [magic];
  let at = magic.length;
  const count = BigInt(rows.length);
  const columns = header!.map((name, i): Value => {
    const data = joined(rows.flatMap((row) => withLength(row[i]!)));
    const about = { 1: rows.length, 2: plain, 3: runLengths, 4: runLengths };
    const page = joined([encoded({ 1: 0, 2: data.length, 3: data.length, 5: about }), data]);
    const [offset, size] = [BigInt(at), BigInt(page.length)];
    pieces.push(page);
    at += page.length;
    const meta = { 1: byteArray, 2: [plain], 3: [name], 4: uncompressed, 5: count, 6: size, 7: size, 9: offset };
    return { 2: offset, 3: meta };
  });
  const root = { 4: "schema", 5: header!.length };
  const schema = [root, ...header!.map((name) => ({ 1: byteArray, 3: required, 4: name, 6: utf8 }))];
  const footer = encoded({ 1: 1, 2: schema, 3: count, 4: [{ 1: columns, 2: BigInt(at), 3: count }] });
  return joined([...pieces, footer, littleEndian(footer.length), magic]);
}

function withLength(text: string): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  return [littleEndian(bytes.length), bytes];
}

function littleEndian(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function encoded(value: Value): Uint8Array {
  if (typeof value === "number" || typeof value === "bigint") return varint(zigzag(BigInt(value)));
  if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    return joined([varint(BigInt(bytes.length)), bytes]);
  }
  if (isList(value)) {
    const type = typeOf(value[0]!);
    const head = value.length < 15 ? Uint8Array.of((value.length << 4) | type) : longHead(value.length, type);
    return joined([head, ...value.map(encoded)]);
  }
  let last = 0;
  const fields = Object.entries(value).flatMap(([key, own]: [string, Value]) => {
    const head = Uint8Array.of(((Number(key) - last) << 4) | typeOf(own));
    last = Number(key);
    return [head, encoded(own)];
  });
  return joined([...fields, Uint8Array.of(0)]);
}

function longHead(length: number, type: number): Uint8Array {
  return joined([Uint8Array.of(0xf0 | type), varint(BigInt(length))]);
}

function typeOf(value: Value): number {
  if (typeof value === "number") return 5;
  if (typeof value === "bigint") return 6;
  if (typeof value === "string") return 8;
  return isList(value) ? 9 : 12;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function zigzag(value: bigint): bigint {
  return value < 0n ? -2n * value - 1n : 2n * value;
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const last = rest < 128n;
    bytes.push(Number(rest & 127n) | (last ? 0 : 128));
    if (last) return Uint8Array.from(bytes);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
