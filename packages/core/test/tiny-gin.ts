import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import { normals, random } from "../src/data/random.js";
import { classTargets } from "../src/data/targets.js";
import type { Graphs } from "../src/graphs/graphs.js";

/** What a tiny network of graphs takes, and how far it goes. */
export interface TinyGin {
  /** Names of its inputs. Default: those that exports usually have. */
  names?: Readonly<{ x?: string; edges?: string; attributes?: string; of?: string; counts?: string }>;
  /** `nodes`: a vector for each node; `graphs`: their mean; `logits`: a linear layer on it. Default: logits. */
  until?: "nodes" | "graphs" | "logits";
  /** Float node features instead of codes. */
  floats?: boolean;
  /** Sums over edges as PyTorch's scatter_add exports them. */
  elements?: boolean;
}

const width = 8;

/** Kinds of nodes (0..3) and of edges (0..1) → two rounds of sums over neighbours → mean → 4 logits. */
export function tinyGin({ names = {}, until = "logits", floats, elements }: TinyGin = {}): Uint8Array {
  const rng = random(5, "gin");
  const b = new GraphBuilder("gin");
  const weight = (name: string, shape: number[], deviation = 0.5) =>
    b.initializer(
      name,
      float32(
        normals(
          shape.reduce((a, d) => a * d, 1),
          deviation,
          rng,
        ),
        shape,
      ),
    );
  const x = b.input(names.x ?? "x", floats ? "float32" : "int64", ["nodes", 1]);
  const edges = b.input(names.edges ?? "edge_index", "int64", [2, "edges"]);
  const attributes = b.input(names.attributes ?? "edge_attr", "int64", ["edges", 1]);
  const row = (value: string, axis: number, at = 0) => b.op("Gather", [value, b.integer(at)], { axis });
  const [from, to] = [row(edges, 0), row(edges, 0, 1)];
  const embedded = (table: string, codes: string) => b.op("Gather", [table, row(codes, 1)]);
  let h = floats
    ? b.op("MatMul", [x, weight("atoms.weight", [1, width])])
    : embedded(weight("atoms.weight", [4, width]), x);
  const bonds = embedded(weight("bonds.weight", [2, width]), attributes);
  const sum = (values: string, at: string, rows: string): string => {
    const size = b.op("Concat", [b.op("Shape", [rows], { start: 0, end: 1 }), b.ints([width])], { axis: 0 });
    const zeros = b.op("ConstantOfShape", [size]);
    const column = b.op("Unsqueeze", [at, b.ints([1])]);
    if (!elements) return b.op("ScatterND", [zeros, column, values], { reduction: "add" });
    const expanded = b.op("Expand", [column, b.op("Shape", [values])]);
    return b.op("ScatterElements", [zeros, expanded, values], { axis: 0, reduction: "add" });
  };
  for (const layer of [1, 2]) {
    const messages = b.op("Relu", [b.add(b.op("Gather", [h, from]), bonds)]);
    const total = b.add(h, sum(messages, to, h));
    h = b.op("Tanh", [b.op("MatMul", [total, weight(`${layer}.weight`, [width, width], 0.3)])]);
  }
  if (until === "nodes") b.setOutputs({ hidden: h });
  else {
    const of = b.input(names.of ?? "batch", "int64", ["nodes"]);
    const counts = b.input(names.counts ?? "node_counts", "int64", ["graphs"]);
    const total = b.op("Unsqueeze", [b.cast(counts, "float32"), b.ints([1])]);
    const pooled = b.div(sum(h, of, counts), total);
    const w = weight("head.weight", [4, width]);
    b.setOutputs(until === "graphs" ? { pooled } : { logits: b.op("Gemm", [pooled, w], { transB: 1 }) });
  }
  return writeModel(b.model());
}

/** Some nodes joined at random, edges both ways; a graph's class is whether it holds a triangle. */
export function triangles(count: number, seed: number): Graphs {
  const rng = random(seed, "graphs");
  const nodes: number[] = [];
  const [nodeStarts, edgeStarts] = [[0], [0]];
  const [sources, destinations, edges, labels]: number[][] = [[], [], [], []];
  for (let graph = 0; graph < count; graph++) {
    const size = rng.integer(3, 8);
    const joined = Array.from({ length: size }, () => new Set<number>());
    const density = rng.uniform() < 0.5 ? 0.15 : 0.6;
    for (let i = 0; i < size; i++)
      for (let j = 0; j < i; j++)
        if (rng.uniform() < density) {
          joined[i]!.add(j);
          sources!.push(i, j);
          destinations!.push(j, i);
          const kind = rng.integer(0, 1);
          edges!.push(kind, kind);
        }
    const closed = joined.some((own) => [...own].some((j) => [...own].some((k) => joined[j]!.has(k))));
    labels!.push(Number(closed));
    nodes.push(...Array.from({ length: size }, () => rng.integer(0, 3)));
    nodeStarts.push(nodes.length);
    edgeStarts.push(sources!.length);
  }
  return {
    count,
    targets: classTargets(labels!),
    nodes: Int32Array.from(nodes),
    nodeWidth: 1,
    nodeStarts: Uint32Array.from(nodeStarts),
    sources: Int32Array.from(sources!),
    destinations: Int32Array.from(destinations!),
    edgeStarts: Uint32Array.from(edgeStarts),
    edges: Int32Array.from(edges!),
    edgeWidth: 1,
  };
}
