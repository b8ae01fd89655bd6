import { CsvError, parse, type Parser } from "csv-parse";
import { UserError } from "../../files/errors.js";
import { named } from "../listed.js";
import { breaksIn, mostOfRecord, readText } from "../read-text.js";
import type { Row, RowPlace, Table } from "./rows.js";
import type { TextFile } from "../text-file.js";

type Kind = ".csv" | ".tsv";

/** How the cells of a file are told apart. */
interface Dialect {
  delimiter: string;
  /** null: quotes are letters as any other. */
  quote: '"' | null;
  /** Records before the header: one where the first line is `sep=;`, as Excel has it. */
  before: 0 | 1;
}

/**
 * Opens a file of comma- or tab-separated values (RFC 4180). A .csv file without a comma in its first line may have
 * semicolons, as spreadsheets write them where the comma is for decimals, tabs, or bars; or that line says what it has, `sep=;`.
 * Spaces around a cell are no part of it,
 * unless they are in quotes; a quote inside a cell without quotes is a letter as any other. A .tsv file of which the quotes
 * do not add up is read without them, as such files are written by tools that know none.
 * @throws {UserError} if it has no header, a column twice, or its first row cannot be read
 */
export async function openDelimited(file: TextFile, kind: Kind): Promise<Table> {
  const { path } = file;
  const told = kind === ".tsv" ? ({ delimiter: "\t", before: 0 } as const) : await delimiterOf(file);
  const asQuoted: Dialect = { ...told, quote: '"' };
  const fault = kind === ".tsv" ? await faultOf(file, asQuoted) : undefined;
  const dialect: Dialect = fault === undefined ? asQuoted : { ...told, quote: null };
  const header = await headerOf(file, dialect);
  const twice = header.find((name, i) => name !== "" && header.indexOf(name) < i);
  if (twice !== undefined) throw new UserError(`${path} has two columns ${named(twice)}; rename one`);
  const all = header.filter((name) => name !== "");
  return {
    path,
    columns: all,
    classNames: new Map(),
    notes: fault === undefined ? [] : [`quotes in ${path} are read as part of the text, as they do not pair: ${fault}`],
    async *rows(refuse, columns = all) {
      const places = columns.map((name): [string, number] => [name, header.indexOf(name)]);
      for await (const { record, ...place } of records(file, dialect)) {
        if (place.row <= 1 + dialect.before || record.every((cell) => cell === "")) continue;
        if (header.length > 1 && record.join("\0") === header.join("\0"))
          refuse({ ...place, reason: "it names the columns again, as the first row does" });
        else if (record.length === header.length) yield rowOf(place, record, places);
        else {
          const cells = record.length === 1 ? "1 cell" : `${record.length} cells`;
          refuse({ ...place, reason: `there are ${header.length} columns, but ${cells}` });
        }
      }
    },
  };
}

function rowOf(place: RowPlace, record: readonly string[], places: readonly (readonly [string, number])[]): Row {
  const cells = new Map<string, string>();
  for (const [name, i] of places) if (i >= 0) cells.set(name, record[i]!);
  return { ...place, cells };
}

/** By what the first line says, or has outside quotes. */
async function delimiterOf(file: TextFile): Promise<Pick<Dialect, "delimiter" | "before">> {
  let first = "";
  for await (const text of readText(file)) {
    first += text;
    if (/[\r\n]/.test(text) || first.length > mostOfRecord) break;
  }
  const whole = first.slice(0, first.search(/[\r\n]|$/));
  const said = /^"?sep=([^"\w])"?$/i.exec(whole);
  if (said) return { delimiter: said[1]!, before: 1 };
  const line = whole.replace(/"[^"]*"/g, "");
  return { delimiter: [",", ";", "\t", "|"].find((delimiter) => line.includes(delimiter)) ?? ",", before: 0 };
}

async function headerOf(file: TextFile, dialect: Dialect): Promise<readonly string[]> {
  for await (const { row, record } of records(file, dialect)) if (row > dialect.before) return record;
  return [];
}

/** Why a file is not quoted as RFC 4180 has it; undefined if it is. */
async function faultOf(file: TextFile, dialect: Dialect): Promise<string | undefined> {
  try {
    if (await hasQuotes(file)) for await (const _ of records(file, dialect, true));
    return undefined;
  } catch (error) {
    if (error instanceof Unquoted) return error.fault;
    throw error;
  }
}

async function hasQuotes(file: TextFile): Promise<boolean> {
  for await (const text of readText(file)) if (text.includes('"')) return true;
  return false;
}

/** Quotes that do not pair. */
class Unquoted extends UserError {
  constructor(
    path: string,
    kind: string,
    readonly fault: string,
  ) {
    super(`${path} cannot be read as ${kind}: ${fault}; mend that row (a quote inside quotes is written twice)`);
  }
}

interface Line extends RowPlace {
  record: string[];
}

/**
 * All records, the header too.
 * @param strict whether quotes inside cells without quotes are a fault
 */
async function* records(file: TextFile, { delimiter, quote }: Dialect, strict = false): AsyncGenerator<Line> {
  const parser = parse({
    delimiter,
    quote,
    escape: quote,
    trim: true,
    relax_quotes: !strict,
    relax_column_count: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    max_record_size: mostOfRecord,
  });
  let row = 0;
  let line = 1;
  try {
    for await (const record of through(parser, readText(file))) {
      row++;
      yield line === row ? { row, record } : { row, line, record };
      line += 1 + record.reduce((breaks, cell) => breaks + breaksIn(cell), 0);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // An error comes before records that nobody has asked for yet.
    const begun = Number(error["records"]) + 1;
    const fault = faultIn(error, begun, begun === row + 1 ? line : begun);
    throw new Unquoted(file.path, delimiter === "\t" ? "TSV" : "CSV", fault);
  }
}

/** What a parser makes of texts. Not by a pipeline: in browsers there is none. */
async function* through(parser: Parser, texts: AsyncIterable<string>): AsyncGenerator<string[]> {
  let fault: Error | undefined;
  const failed = (error: Error | null | undefined): void => void (fault ??= error ?? undefined);
  parser.on("error", failed);
  // Whoever writes waits until what was made of it before is read.
  const made = function* (): Generator<string[]> {
    for (let record: unknown; (record = parser.read()) !== null;) yield record as string[];
    if (fault) throw fault;
  };
  for await (const text of texts) {
    const taken = new Promise<void>((resolve) =>
      parser.write(text, (error) => {
        failed(error);
        resolve();
      }),
    );
    yield* made();
    await taken;
    yield* made();
  }
  const ended = new Promise<void>((resolve) => parser.once("end", resolve).once("error", () => resolve()));
  parser.end();
  let over = false;
  void ended.then(() => (over = true));
  while (!over) {
    yield* made();
    await Promise.race([ended, new Promise<void>((resolve) => parser.once("readable", resolve))]);
  }
  yield* made();
}

/** In words. The row is the one that was begun. */
function faultIn({ code }: CsvError, row: number, line: number): string {
  const place = line === row ? `row ${row}` : `row ${row} (line ${line})`;
  if (code === "CSV_QUOTE_NOT_CLOSED") return `the quote that opens in ${place} is never closed`;
  if (code === "CSV_MAX_RECORD_SIZE") return `${place} is longer than 16 MB, so that a quote in it may not be closed`;
  return `in ${place} a quote is neither at the begin nor at the end of its cell`;
}
