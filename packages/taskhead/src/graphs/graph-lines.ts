import type { ObjectiveName } from "@taskhead/core/internals";
import { groupColumn, groupIn, groupNotes } from "../data/splits/groups.js";
import { cellsOf } from "../data/tables/json-records.js";
import { listed } from "../data/listed.js";
import { readLines } from "../data/read-text.js";
import { rowsOfHead } from "../data/tables/labelled-rows.js";
import type { Cells, RefusedRow, Row } from "../data/tables/rows.js";
import { namedTargets, type AskedTargets } from "../data/tables/target-columns.js";
import { collectTargets, Refusal } from "../data/tables/targets.js";
import { taskByColumns, type GuessedTask } from "../data/tables/usual-task.js";
import type { TextFile } from "../data/text-file.js";
import { UserError } from "../files/errors.js";
import type { Graph } from "./graph.js";
import { graphOf } from "./graph-record.js";
import type { GraphSource } from "./graph-source.js";

/** A graph of a line, and what else the line says. */
export interface GraphLine {
  readonly graph: Graph;
  readonly row: number;
  readonly record: Readonly<Record<string, unknown>>;
}

/** What a graph is made of; all else in a record may be what is to be predicted of it. */
const parts = ["x", "edge_index", "edge_attr"];

/**
 * The graphs of a file of JSON objects, one a line.
 * @param refuse hears of lines that are no graph
 */
export async function* readGraphLines(file: TextFile, refuse: (row: RefusedRow) => void): AsyncGenerator<GraphLine> {
  let shape: readonly [nodeWidth: number, edgeWidth: number] | undefined;
  for await (const { number: row, text } of readLines(file)) {
    if (text.trim() === "") continue;
    try {
      const record = objectIn(text);
      const graph = graphOf(record);
      shape ??= [graph.nodeWidth, graph.edgeWidth];
      requireAlike(graph, shape);
      yield { graph, row, record };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse({ row, reason: error.message });
    }
  }
}

/** What a file's first lines say besides their graphs. */
export interface GraphHead {
  /** Names of what may be predicted. */
  readonly columns: readonly string[];
  readonly head: readonly Row[];
}

/** The first lines of a file, those that are no graph left out. */
export async function headOfGraphs(file: TextFile): Promise<GraphHead> {
  const head: Row[] = [];
  for await (const { record, row } of readGraphLines(file, () => undefined))
    if (head.push({ row, cells: targetCells(record) }) === rowsOfHead) break;
  return { columns: [...new Set(head.flatMap(({ cells }) => [...cells.keys()]))], head };
}

/** What is learnt of a file of graphs where nobody says it, as `taskByColumns` has it. */
export async function taskOfGraphs(
  file: TextFile,
  { group, ...asked }: Omit<AskedTargets, "task"> = {},
): Promise<GuessedTask> {
  const { path: where } = file;
  const { columns: all, head } = await headOfGraphs(file);
  const columns = all.filter((name) => name !== group);
  return taskByColumns({ where, head }, asked.labels, (task) => chosenColumns(where, columns, { ...asked, task }));
}

/** What a file says of graphs; where it lies is another's. */
export type GraphLines = Omit<GraphSource<Graph>, "path" | "file">;

/**
 * Takes graphs and their targets from a file of JSON objects, one a line: `{ x, edge_index, edge_attr?, y }`. Lines that cannot
 * be used are left out and listed.
 * @param like the training graphs, whose targets are read
 * @throws {UserError} if the file lacks the targets, or no line can be used
 */
export async function readGraphTable(
  file: TextFile,
  asked: AskedTargets,
  like?: Pick<GraphLines, "columns">,
): Promise<GraphLines> {
  const { task } = asked;
  const where = file.path;
  const { lines, names, refused } = await readCells(file);
  if (lines.length === 0) throw useless(where, refused);
  const taken = [asked.label, ...(asked.labels ?? [])];
  const group = groupColumn({ where, columns: names, taken }, asked.group, !like);
  const others = names.filter((name) => name !== group);
  const columns = like?.columns ?? chosenColumns(where, others, asked);
  const { rows, outputs } = labelled(lines, { task, columns, group }, (row) => void refused.push(row));
  if (rows.length === 0) throw useless(where, refused);
  return {
    noun: "graph",
    column: "",
    columns,
    task,
    outputs,
    ...(group === undefined ? {} : { group }),
    rows,
    refused: refused.sort((a, b) => a.row - b.row),
    notes: groupNotes({ where, sample: "graph" }, asked.group, { column: group, groups: rows.map((row) => row.group) }),
    said: `reads graphs from x, edge_index and edge_attr and what is to be predicted from ${listed(columns)} of ${where} (others are named with ${columns.length > 1 ? "--columns" : "--label"})`,
  };
}

/** A graph of a line, and what may be predicted of it. */
type LineOfCells = Omit<GraphLine, "record"> & { readonly cells: Cells };

/** The lines of a file that are graphs, the names in all of them, and the lines that are none. */
async function readCells(file: TextFile): Promise<{ lines: LineOfCells[]; names: string[]; refused: RefusedRow[] }> {
  const lines: LineOfCells[] = [];
  const refused: RefusedRow[] = [];
  for await (const { record, ...line } of readGraphLines(file, (row) => void refused.push(row)))
    lines.push({ ...line, cells: targetCells(record) });
  return { lines, names: [...new Set(lines.flatMap(({ cells }) => [...cells.keys()]))], refused };
}

/**
 * The lines that say their targets.
 * @param group the column of groups, if there is one
 * @param refuse hears of lines that do not
 */
function labelled(
  lines: readonly LineOfCells[],
  { task, columns, group }: { task: ObjectiveName; columns: readonly string[]; group: string | undefined },
  refuse: (row: RefusedRow) => void,
): Pick<GraphLines, "rows" | "outputs"> {
  const only = columns.length === 1 ? columns[0]! : undefined;
  const lists = only !== undefined && lines.some(({ cells }) => Array.isArray(cells.get(only)));
  const collector = collectTargets({ task, columns, lists: task === "multi-label" && lists });
  const used = lines.flatMap(({ cells, graph, row }) => {
    try {
      const own = { sample: graph, row, ...groupIn(cells, group) };
      collector.add(cells);
      return [own];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse({ row, reason: error.message });
      return [];
    }
  });
  const { outputs, targets } = collector.end();
  return { outputs, rows: used.map((row, i) => ({ ...row, target: targets[i]! })) };
}

/** @throws {Refusal} */
function objectIn(text: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Refusal("it is not JSON");
  }
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw new Refusal("it is not a JSON object");
  return content as Record<string, unknown>;
}

/** @throws {Refusal} for a graph of other features than the file's first */
function requireAlike({ nodeWidth, edgeWidth, sources }: Graph, [nodes, edges]: readonly [number, number]): void {
  if (nodeWidth !== nodes) throw new Refusal(`x has ${nodeWidth} numbers a node, and the file's first graph ${nodes}`);
  if (edgeWidth !== edges && sources.length > 0)
    throw new Refusal(`edge_attr has ${edgeWidth} numbers an edge, and the file's first graph ${edges}`);
}

/** Cells of all that is no part of the graph. A list of numbers makes a column of each: `y[0]`, `y[1]`; null is not known. */
function targetCells(record: Readonly<Record<string, unknown>>): Cells {
  const entries = Object.entries(record)
    .filter(([name]) => !parts.includes(name))
    .flatMap(([name, value]): [string, unknown][] => {
      // PyTorch Geometric has a row of targets, as batches have several.
      const own: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
      const numbers = Array.isArray(own) && own.every((one) => one === null || typeof one === "number");
      return numbers ? own.map((one, i) => [`${name}[${i}]`, one ?? ""]) : [[name, own]];
    });
  return cellsOf(entries);
}

function chosenColumns(where: string, columns: readonly string[], asked: AskedTargets): readonly string[] {
  const choice = { where, columns, head: [], sample: "graph" };
  const given = namedTargets(choice, asked);
  if (given) return given;
  const preferred = (asked.preferred ?? []).filter((name) => columns.includes(name));
  if (preferred.length > 0) return preferred;
  const found = columns.filter((name) => name === "y" || /^y\[\d+\]$/.test(name));
  if (found.length === 0)
    throw new UserError(
      `${where} has no y, which would be what is to be predicted (it has ${listed(columns)}); add it, or name another with --label`,
    );
  if (found.length > 1 && asked.task === "classification")
    throw new UserError(
      `y of ${where} lists ${found.length} numbers, and a graph has one class; give --task multi-label`,
    );
  return found;
}

function useless(where: string, [first]: readonly RefusedRow[]): UserError {
  return new UserError(
    first
      ? `no line of ${where} can be used (line ${first.row}: ${first.reason}); give graphs as { x, edge_index, edge_attr, y }, one a line`
      : `${where} is empty; give graphs as { x, edge_index, edge_attr, y }, one a line`,
  );
}
