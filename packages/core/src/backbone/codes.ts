import { intAttribute, type Graph, type Node } from "@taskhead/autograd";
import type { CodeTables, TypedInput } from "./modality.js";

/** A value that holds an input's whole numbers: all of them, or those of one column. */
interface Codes {
  readonly input: string;
  readonly column: number | undefined;
}

/** What hands whole numbers on as they are. */
const passing = new Set(["Cast", "Identity", "Squeeze", "Unsqueeze", "Reshape", "Flatten"]);

/**
 * The inputs of a graph with their types, and, of whole numbers that choose rows of tables (embeddings), how many rows there
 * are to choose from. Numbers that are computed with before are not followed. Inputs without a type are left out.
 * @param replaced follow numbers of which some are replaced first (Where), too: one that is may then lie beyond the table
 */
export function typedInputs(graph: Graph, { replaced = false } = {}): TypedInput[] {
  const tables = tablesOf(graph, replaced);
  return graph.inputs.flatMap(({ name, type }) => {
    const own = tables.get(name);
    return type ? [{ name, ...type, ...(own ? { tables: own } : {}) }] : [];
  });
}

function tablesOf(graph: Graph, replaced: boolean): Map<string, CodeTables> {
  const held = new Map<string, Codes>();
  for (const { name, type } of graph.inputs)
    if (type?.dtype === "int64" || type?.dtype === "int32") held.set(name, { input: name, column: undefined });
  const found = new Map<string, { all?: number; columns: Map<number, number> }>();
  for (const node of graph.nodes) {
    const chosen = chooses(graph, node);
    const codes = chosen === undefined ? undefined : held.get(node.inputs[1]!);
    if (codes) {
      const tables = found.get(codes.input) ?? { columns: new Map<number, number>() };
      found.set(codes.input, tables);
      const least = (known = Infinity): number => Math.min(known, chosen!);
      if (codes.column === undefined) tables.all = least(tables.all);
      else tables.columns.set(codes.column, least(tables.columns.get(codes.column)));
    } else if (replaced && node.opType === "Where") {
      const kept = held.get(node.inputs[1]!) ?? held.get(node.inputs[2]!);
      if (kept) held.set(node.outputs[0]!, kept);
    } else handOn(graph, node, held);
  }
  return found;
}

/** How many rows a node chooses from, if it does. */
function chooses({ initializers }: Graph, { opType, inputs, attributes }: Node): number | undefined {
  const table = opType === "Gather" ? initializers.get(inputs[0]!) : undefined;
  return table && table.shape.length === 2 && (attributes["axis"] ?? 0) === 0 ? table.shape[0] : undefined;
}

function handOn(graph: Graph, node: Node, held: Map<string, Codes>): void {
  const codes = held.get(node.inputs[0] ?? "");
  if (!codes) return;
  if (passing.has(node.opType)) held.set(node.outputs[0]!, codes);
  const shape = graph.inputs.find(({ name }) => name === codes.input)!.type!.shape;
  // Columns are those of [rows, columns] alone.
  if (codes.column !== undefined || shape.length !== 2) return;
  const width = shape[1];
  const given = (at: number): number[] | undefined => {
    const values = graph.initializers.get(node.inputs[at] ?? "");
    return values && Array.from(values.data as ArrayLike<number | bigint>, Number);
  };
  const isColumns = (axis: number): boolean => axis === 1 || axis === -1;
  const put = (output: string, column: number): void => {
    const own = column < 0 && typeof width === "number" ? column + width : column;
    if (own >= 0) held.set(output, { ...codes, column: own });
  };
  if (node.opType === "Gather" && isColumns(intAttribute(node, "axis", 0))) {
    const at = given(1);
    if (at?.length === 1) put(node.outputs[0]!, at[0]!);
  }
  if (node.opType === "Slice") {
    const [[start], [end], [axis]] = [given(1) ?? [], given(2) ?? [], given(3) ?? [0]];
    if (isColumns(axis!) && start !== undefined && end === start + 1) put(node.outputs[0]!, start);
  }
  if (node.opType === "Split" && isColumns(intAttribute(node, "axis", 0)) && node.outputs.length === width)
    node.outputs.forEach((output, column) => put(output, column));
}

/** The first number that is beyond its table, of rows of numbers; undefined where there is none. */
export function beyondTable(
  values: ArrayLike<number>,
  width: number,
  { tables }: Pick<TypedInput, "tables">,
): { readonly row: number; readonly column: number; readonly value: number; readonly rows: number } | undefined {
  if (!tables) return undefined;
  const rowsOf = Array.from({ length: width }, (_, c) =>
    Math.min(tables.all ?? Infinity, tables.columns.get(c) ?? Infinity),
  );
  for (let i = 0; i < values.length; i++) {
    const [column, value] = [i % width, values[i]!];
    const rows = rowsOf[column]!;
    if (rows !== Infinity && !(value >= 0 && value < rows)) return { row: Math.floor(i / width), column, value, rows };
  }
  return undefined;
}
