import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** What programs read in logs, by readers of their own: nothing of what wrote them is used. */

/** A number of a curve. */
export type Logged = [run: string, name: string, step: number, value: number];

type Fields = { number: number; value: number | Uint8Array }[];

function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields: Fields = [];
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.Varint) fields.push({ number, value: Number(reader.int64()) });
    else if (type === WireType.Bit64) fields.push({ number, value: reader.double() });
    else if (type === WireType.Bit32) fields.push({ number, value: reader.float() });
    else fields.push({ number, value: reader.bytes() });
  }
  return fields;
}

const inside = (fields: Fields, number: number): Uint8Array[] =>
  fields.flatMap((field) => (field.number === number && typeof field.value !== "number" ? [field.value] : []));
const numberIn = (fields: Fields, number: number): number | undefined =>
  fields.find((field) => field.number === number)?.value as number | undefined;
const textIn = (fields: Fields, number: number): string => new TextDecoder().decode(inside(fields, number)[0]);

/** Bit by bit. */
function checksum(bytes: Uint8Array, polynomial: number): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** @throws {Error} if a record is cut short or has another checksum */
export function tfRecordsIn(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const records: Uint8Array[] = [];
  const check = (from: number, to: number): void => {
    const crc = checksum(file.subarray(from, to), 0x82f63b78);
    const masked = (((crc >>> 15) | ((crc << 17) >>> 0)) + 0xa282ead8) % 2 ** 32;
    if (masked !== view.getUint32(to, true)) throw new Error(`another checksum at ${to}`);
  };
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true));
    check(at, at + 8);
    check(at + 12, at + 12 + length);
    records.push(file.subarray(at + 12, at + 12 + length));
    at += length + 16;
  }
  return records;
}

/** A folder of TensorBoard's: what the files of each run hold, one after another, and which summaries are no numbers. */
export function readTensorboard(folder: string): { scalars: Logged[]; others: string[]; files: string[] } {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.includes("tfevents"))
    .sort();
  const scalars: Logged[] = [];
  const others: string[] = [];
  for (const name of files) {
    const run = name.replaceAll("\\", "/").replace(/\/[^/]*$/, "");
    for (const event of tfRecordsIn(new Uint8Array(readFileSync(join(folder, name)))).map(fieldsOf))
      for (const summary of inside(event, 5))
        for (const value of inside(fieldsOf(summary), 1).map(fieldsOf)) {
          const number = numberIn(value, 2);
          if (number === undefined) others.push(`${run}: ${textIn(value, 1)}`);
          else scalars.push([run, textIn(value, 1), numberIn(event, 2) ?? 0, number]);
        }
  }
  return { scalars: scalars.sort(inOrder), others, files };
}

/** MLflow's file store. */
export function readMlflow(folder: string): Logged[] {
  const runs = readdirSync(join(folder, "0")).filter((name) => /^[0-9a-f]{32}$/.test(name));
  return runs
    .flatMap((id) => {
      const at = join(folder, "0", id);
      const run = readFileSync(join(at, "tags", "mlflow.runName"), "utf8");
      return readdirSync(join(at, "metrics"), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .flatMap((entry) => {
          const file = join(entry.parentPath, entry.name);
          const name = file.slice(join(at, "metrics").length + 1).replaceAll("\\", "/");
          const lines = readFileSync(file, "utf8").trimEnd().split("\n");
          return lines.map((line): Logged => [run, name, Number(line.split(" ")[2]), Number(line.split(" ")[1])]);
        });
    })
    .sort(inOrder);
}

/** A folder of W&B's offline runs. @returns the history of each, and of which runs its files tell that they ended */
export function readWandb(folder: string): { history: Logged[]; ended: string[]; files: number } {
  const history: Logged[] = [];
  const ended: string[] = [];
  const folders = readdirSync(folder);
  for (const name of folders) {
    const id = name.slice(name.lastIndexOf("-") + 1);
    let run = "";
    for (const record of wandbRecords(new Uint8Array(readFileSync(join(folder, name, `run-${id}.wandb`)))).map(
      fieldsOf,
    )) {
      for (const own of inside(record, 17)) run = textIn(fieldsOf(own), 8);
      if (inside(record, 18).length > 0) ended.push(run);
      for (const row of inside(record, 2).map(fieldsOf)) {
        const step = numberIn(fieldsOf(inside(row, 2)[0]!), 1) ?? 0;
        for (const item of inside(row, 1).map(fieldsOf))
          if (!textIn(item, 2).startsWith("_"))
            history.push([run, textIn(item, 2), step, JSON.parse(textIn(item, 16)) as number]);
      }
    }
  }
  return { history: history.sort(inOrder), ended: ended.sort(), files: folders.length };
}

function wandbRecords(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const records: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  for (let at = 7; at < file.length;) {
    const left = 32768 - (at % 32768);
    if (left < 7) {
      at += left;
      continue;
    }
    const length = view.getUint16(at + 4, true);
    if (checksum(file.subarray(at + 6, at + 7 + length), 0xedb88320) !== view.getUint32(at, true))
      throw new Error(`another checksum at ${at}`);
    parts.push(file.subarray(at + 7, at + 7 + length));
    if (file[at + 6] === 1 || file[at + 6] === 4) {
      records.push(new Uint8Array(Buffer.concat(parts)));
      parts = [];
    }
    at += 7 + length;
  }
  return records;
}

function inOrder(a: Logged, b: Logged): number {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
