import { ModelError, type DataType, type TensorType } from "@taskhead/autograd";
import type { TypedInput } from "../backbone/modality.js";

/** What a graph network's inputs are for, as PyTorch Geometric and the Open Graph Benchmark call them. */
export const graphRoles = [
  "x",
  "edge_index",
  "edge_attr",
  "batch",
  "node_counts",
  "ptr",
  "num_graphs",
  "num_nodes",
] as const;

export type GraphRole = (typeof graphRoles)[number];

/** Which of a model's inputs is which, where their names do not say so: `{ x: "atoms" }`. */
export type NamedInputs = Readonly<Partial<Record<GraphRole, string>>>;

interface Rule {
  /** What it holds, for people. */
  readonly holds: string;
  /** What exports call it. */
  readonly names: RegExp;
  readonly types: readonly DataType[];
  readonly ranks: readonly number[];
}

const whole: readonly DataType[] = ["int64", "int32"];
const numbers: readonly DataType[] = [...whole, "float32"];

const rules: Readonly<Record<GraphRole, Rule>> = {
  x: {
    holds: "features of every node [nodes, width]",
    names:
      /^(x|h|z|feat(ure)?s?|nodes?|atoms?|atomic_numbers?|(node|atom|n|vertex)_?(x|h|feat(ure)?s?|attr(ibute)?s?|types?|input))$/,
    types: numbers,
    ranks: [1, 2],
  },
  edge_index: {
    holds: "source and destination of every edge [2, edges]",
    names: /^(edges?|bonds?|edge_?list|adj|connectivity|(edge|bond)_?(index|indices|idx))$/,
    types: whole,
    ranks: [2],
  },
  edge_attr: {
    holds: "features of every edge [edges, width]",
    names: /^((edge|bond|e)_?(x|feat(ure)?s?|attr(ibute)?s?|types?|weights?|input))$/,
    types: numbers,
    ranks: [1, 2],
  },
  batch: {
    holds: "the graph of every node [nodes]",
    names:
      /^(batch(_?(index|indices|idx|ids?|vec(tor)?|assignment))?|graph_?(ids?|index|indices|idx|indicator)|(node|n)_?(to|2)_?(graph|g)|segment_?ids?)$/,
    types: whole,
    ranks: [1],
  },
  node_counts: {
    holds: "the number of nodes of every graph [graphs]",
    names:
      /^((node|atom)_?counts?|counts|(num_?|n_?)?(nodes|atoms)(_?per_?graph)?|graph_?sizes?|sizes|batch_?num_?nodes)$/,
    types: [...whole, "float32"],
    ranks: [1],
  },
  ptr: {
    holds: "where every graph's nodes begin, and the last one's end [graphs + 1]",
    names: /^(ptr|(node|graph|batch)_?(ptr|offsets?|starts?)|offsets|row_splits)$/,
    types: whole,
    ranks: [1],
  },
  num_graphs: {
    holds: "how many graphs there are []",
    names: /^((num|n)_?graphs|batch_?size|graph_?count|dim_?size)$/,
    types: whole,
    ranks: [0, 1],
  },
  num_nodes: {
    holds: "how many nodes there are in all []",
    names: /^((num|n|total)_?(nodes|atoms)|node_?count)$/,
    types: whole,
    ranks: [0, 1],
  },
};

/** The inputs of a graph network, by what they are for. */
export type GraphInputs = Readonly<Partial<Record<GraphRole, TypedInput>>> & { readonly x: TypedInput };

/**
 * Which of a model's inputs is which: by the name that was said, by its own name, then by its shape where one is left.
 * @throws {ModelError} where an input is left over, or two are for the same, or there are no nodes or edges
 */
export function graphInputs(inputs: readonly TypedInput[], named: NamedInputs = {}): GraphInputs {
  const found = new Map<GraphRole, TypedInput>();
  const left = new Set(inputs);
  const take = (role: GraphRole, input: TypedInput): void => {
    found.set(role, input);
    left.delete(input);
  };
  for (const role of graphRoles) {
    const name = named[role];
    if (name === undefined) continue;
    const input = inputs.find((one) => ownName(one.name) === name);
    if (!input) throw refusal(inputs, `none of it is '${name}', which was named as ${role}`);
    if (!left.has(input)) throw refusal(inputs, `'${name}' was named twice`);
    if (!fits(role, input)) throw refusal(inputs, `'${name}' cannot be ${role}, ${rules[role].holds}`);
    take(role, input);
  }
  for (const input of left) {
    const role = graphRoles.find((one) => rules[one].names.test(plainName(input.name)) && fits(one, input));
    if (role === undefined || named[role] !== undefined) continue;
    const other = found.get(role);
    if (other)
      throw refusal(
        inputs,
        `'${ownName(other.name)}' and '${ownName(input.name)}' both seem to be ${role}, ${rules[role].holds}, and one is fed`,
      );
    take(role, input);
  }
  for (const input of left) {
    const role = graphRoles.find((one) => !found.has(one) && shapeSays(one, input, found.get("x")));
    if (role) take(role, input);
  }
  const [other] = left;
  if (other) throw refusal(inputs, `'${ownName(other.name)}' is none of a graph's`);
  for (const [role, input] of found) requireFree(inputs, role, input);
  const [x, edges] = [found.get("x"), found.get("edge_index")];
  if (!x) throw refusal(inputs, `none of it is x, ${rules.x.holds}`);
  if (!edges) throw refusal(inputs, `none of it is edge_index, ${rules.edge_index.holds}`);
  return { ...Object.fromEntries(found), x };
}

/** @throws {ModelError} for an input that was exported for graphs of one size */
function requireFree(inputs: readonly TypedInput[], role: GraphRole, { name, shape }: TypedInput): void {
  const axis = role === "edge_index" ? 1 : 0;
  if (role === "num_graphs" || role === "num_nodes" || typeof shape[axis] !== "number") return;
  throw new ModelError(
    `the model takes ${listed(inputs)}: '${ownName(name)}' is for ${role === "node_counts" || role === "ptr" ? "one number of graphs" : "graphs of one size"} alone; export it again with dynamic axes for nodes, edges and graphs`,
  );
}

/** Some have had to make room for ours. */
export function ownName(name: string): string {
  return name.replace(/^(own\.)+/, "");
}

/** `Data.NodeFeat:0` → `nodefeat` */
function plainName(name: string): string {
  return ownName(name)
    .replace(/:\d+$/, "")
    .replace(/^.*[./]/, "")
    .toLowerCase();
}

function fits(role: GraphRole, { dtype, shape }: TensorType): boolean {
  const { types, ranks } = rules[role];
  const [first] = shape;
  if (!types.includes(dtype) || !ranks.includes(shape.length)) return false;
  if (role === "edge_index") return typeof first !== "number" || first === 2;
  // Of one graph, or of one node, nothing needs to be counted.
  if (role === "num_graphs" || role === "num_nodes") return shape.length === 0 || first === 1;
  return role !== "node_counts" || first !== 1;
}

/** What an input is by its shape alone. */
function shapeSays(role: GraphRole, input: TypedInput, x: TypedInput | undefined): boolean {
  if (!fits(role, input)) return false;
  const [first] = input.shape;
  if (role === "edge_index") return first === 2;
  if (role === "x") return input.shape.length === 2 && input.dtype === "float32";
  return role === "batch" && x !== undefined && first === x.shape[0];
}

function refusal(inputs: readonly TypedInput[], why: string): ModelError {
  return new ModelError(
    `the model takes ${listed(inputs)}: ${why}; say which is which by option inputs, as in x=NAME, or give a model of graphs`,
  );
}

function listed(inputs: readonly TypedInput[]): string {
  return (
    inputs.map(({ name, dtype, shape }) => `${ownName(name)} ${dtype} [${shape.join(", ")}]`).join(", ") || "nothing"
  );
}
