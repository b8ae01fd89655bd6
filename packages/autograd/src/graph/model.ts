import type { Tensor, TensorType } from "./tensor.js";

/** An attribute's value. A number list is ONNX `ints` unless it sits in `Floats`. */
export type Attribute = number | string | readonly number[] | readonly string[] | Tensor | Graph | Float | Floats;

/** A float attribute: kept apart from an integer one, since `1.0` and `1` are one number here. */
export class Float {
  constructor(readonly value: number) {}
}

export class Floats {
  constructor(readonly values: readonly number[]) {}
}

/** One operator of a graph. An input or output left out is the empty string, as in ONNX. */
export interface Node {
  readonly name: string;
  readonly opType: string;
  /** `""` for the standard operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface ValueInfo {
  readonly name: string;
  /** Absent when the file does not say. */
  readonly type?: TensorType;
}

/** Nodes in topological order, the constants they use, and what goes in and out. */
export interface Graph {
  readonly name: string;
  readonly inputs: ValueInfo[];
  readonly outputs: ValueInfo[];
  readonly nodes: Node[];
  readonly initializers: Map<string, Tensor>;
}

export interface Model {
  readonly irVersion: number;
  /** Operator-set version by domain; `""` is the standard one. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: Graph;
  readonly producer: string;
  readonly metadata: ReadonlyMap<string, string>;
}

export function intAttribute(node: Node, name: string, fallback: number): number;
export function intAttribute(node: Node, name: string): number | undefined;
export function intAttribute(node: Node, name: string, fallback?: number): number | undefined {
  const value = node.attributes[name];
  return typeof value === "number" ? value : fallback;
}

export function floatAttribute(node: Node, name: string, fallback: number): number {
  const value = node.attributes[name];
  return value instanceof Float ? value.value : typeof value === "number" ? value : fallback;
}

export function stringAttribute(node: Node, name: string, fallback: string): string {
  const value = node.attributes[name];
  return typeof value === "string" ? value : fallback;
}

export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  const value = node.attributes[name];
  return Array.isArray(value) && value.every((v) => typeof v === "number") ? (value as number[]) : undefined;
}

/** `Conv 'layer1/conv'`, for messages; a node without a name goes by its first output. */
export function describe(node: Node): string {
  return `${operatorName(node)} '${node.name || node.outputs[0]}'`;
}

/** The operator with its domain, which standard ones are named without: `Conv`, `com.microsoft.Gelu`. */
export function operatorName({ opType, domain }: Pick<Node, "opType" | "domain">): string {
  return domain === "" ? opType : `${domain}.${opType}`;
}

/** The values that a node reads: its inputs, then those that its subgraphs take from around them. */
export function inputsOf(node: Node): string[] {
  const captured = Object.values(node.attributes).filter(isGraph).flatMap(capturedBy);
  return [...node.inputs, ...captured];
}

/** The values that a subgraph takes from the graph around it. */
export function capturedBy(graph: Graph): string[] {
  const own = new Set([
    ...graph.inputs.map((v) => v.name),
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap((n) => n.outputs),
  ]);
  const read = [...graph.nodes.flatMap(inputsOf), ...graph.outputs.map((v) => v.name)];
  return read.filter((name) => name !== "" && !own.has(name));
}

/** The node with other names for values, in its subgraphs too. */
export function renameNode(node: Node, rename: (name: string) => string): Node {
  const named = (name: string) => (name === "" ? "" : rename(name));
  const attributes = Object.entries(node.attributes).map(([key, value]) => [
    key,
    isGraph(value) ? renameGraph(value, rename) : value,
  ]);
  return {
    ...node,
    inputs: node.inputs.map(named),
    outputs: node.outputs.map(named),
    attributes: Object.fromEntries(attributes) as Node["attributes"],
  };
}

/** The graph with other names for values, in its subgraphs too; nodes keep their own names. */
export function renameGraph(graph: Graph, rename: (name: string) => string): Graph {
  const value = (v: ValueInfo) => ({ ...v, name: rename(v.name) });
  return {
    name: graph.name,
    inputs: graph.inputs.map(value),
    outputs: graph.outputs.map(value),
    nodes: graph.nodes.map((n) => renameNode(n, rename)),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [rename(name), tensor])),
  };
}

function isGraph(value: Attribute): value is Graph {
  return typeof value === "object" && "nodes" in value;
}
