import { z } from "zod";
import { Refusal } from "../data/tables/targets.js";
import type { Graph } from "./graph.js";

/** More than any graph of a set of many has; a network would need memory for all of it at once. */
const mostNodes = 2 ** 20;
const mostEdges = 2 ** 22;

/** Rows of numbers, or a number each. */
const features = z.union([z.array(z.number()), z.array(z.array(z.number()))], {
  error: "is to list numbers, or a list of numbers for each",
});

const ends = z.array(z.int({ error: "is to hold whole numbers" }), {
  error: "is to be two lists of whole numbers: sources and destinations",
});

/** A graph as PyTorch Geometric's `Data` has it; what else a record holds may be what is to be predicted. */
const record = z.object({
  x: features,
  edge_index: z.tuple([ends, ends], { error: "is to be two lists of whole numbers: sources and destinations" }),
  edge_attr: features.nullish(),
});

/**
 * The graph of a record `{ x, edge_index, edge_attr? }`: `x` has a row of numbers for each node, `edge_index` is [2, edges] in
 * nodes from 0, `edge_attr` has a row for each edge.
 * @throws {Refusal} naming what of it is wrong
 */
export function graphOf(content: unknown): Graph {
  const parsed = record.safeParse(content);
  if (!parsed.success) throw new Refusal(faultIn(parsed.error.issues[0]!));
  const { x, edge_index: edgeIndex, edge_attr: attributes } = parsed.data;
  const [sources, destinations] = edgeIndex;
  if (x.length === 0) throw new Refusal("x has no nodes");
  if (x.length > mostNodes) throw new Refusal(tooMany("x", x.length, "nodes", mostNodes));
  if (sources.length > mostEdges) throw new Refusal(tooMany("edge_index", sources.length, "edges", mostEdges));
  if (sources.length !== destinations.length)
    throw new Refusal(`edge_index has ${sources.length} sources, but ${destinations.length} destinations`);
  const outside = [...sources, ...destinations].find((node) => node < 0 || node >= x.length);
  if (outside !== undefined) throw new Refusal(`edge_index names node ${outside}, but nodes are 0 to ${x.length - 1}`);
  if (attributes && attributes.length !== sources.length)
    throw new Refusal(`edge_attr has ${attributes.length} rows, but edge_index ${sources.length} edges`);
  const [nodes, edges] = [table("x", x), attributes ? table("edge_attr", attributes) : undefined];
  return {
    nodes: nodes.values,
    nodeWidth: nodes.width,
    sources: Int32Array.from(sources),
    destinations: Int32Array.from(destinations),
    ...(edges ? { edges: edges.values } : {}),
    edgeWidth: edges?.width ?? 0,
  };
}

function tooMany(field: string, count: number, things: string, most: number): string {
  return `${field} has ${count.toLocaleString("en")} ${things}, more than ${most.toLocaleString("en")}`;
}

function faultIn({ path, message }: z.core.$ZodIssue): string {
  const [field] = path;
  return field === undefined ? "it is not a JSON object" : `${String(field)} ${message}`;
}

/** Whole numbers stay such, where all of them are. @param width where there are no rows to tell it */
function table(field: string, given: readonly (number | readonly number[])[]) {
  const rows = given.map((row) => (typeof row === "number" ? [row] : row));
  const width = rows[0]?.length ?? 0;
  const other = rows.findIndex((row) => row.length !== width);
  if (other >= 0)
    throw new Refusal(`${field}: row ${other} has ${rows[other]!.length} numbers, and the first has ${width}`);
  if (rows.length > 0 && width === 0) throw new Refusal(`${field} has no numbers`);
  const whole = rows.every((row) => row.every((value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31));
  return { width, values: whole ? Int32Array.from(rows.flat()) : Float32Array.from(rows.flat()) };
}
