import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  ValueInfoProto,
} from "../gen/onnx_pb.js";
import { ModelError } from "../graph/errors.js";
import { bounds, tooMany } from "./bounds.js";

type Rename = (name: string) => string;

/** The main graph's nodes with every call of a model-local function replaced by the function's body. */
export function inlineFunctions(model: ModelProto): NodeProto[] {
  const nodes = model.graph!.node;
  if (model.functions.length === 0) return nodes;
  const key = (f: { domain: string; overload: string }, name: string) => `${f.domain}/${name}/${f.overload}`;
  const functions = new Map(model.functions.map((f) => [key(f, f.name), f]));
  const version = opsetOf(model);
  const sizes = new Map(model.functions.map((f) => [f, sizeOf(f)]));
  // Functions that call one another could make a small file grow without bound.
  let [calls, made, letters] = [0, nodes.length, 0];
  const expand = (node: NodeProto, depth: number): NodeProto[] => {
    const found = functions.get(key(node, node.opType));
    if (!found) return [node];
    if (depth > 100) throw new ModelError(`function '${found.name}' calls itself; export the model without functions`);
    const own = opsetOf(found);
    if (own !== undefined && own !== version)
      throw new ModelError(
        `function '${found.name}' is written in operator set ${own}, the model in ${version}; export the model without functions`,
      );
    const prefix = `${node.name || node.opType}/${++calls}`;
    const size = sizes.get(found)!;
    if (calls > bounds.calls) throw tooMany("calls of functions", bounds.calls);
    if ((made += size.nodes) > bounds.nodes) throw tooMany("nodes, functions written out", bounds.nodes);
    if ((letters += size.letters + size.names * prefix.length) > bounds.letters)
      throw tooMany("letters in the names of functions written out", bounds.letters);
    return body(found, node, prefix).flatMap((inner) => expand(inner, depth + 1));
  };
  return nodes.flatMap((node) => expand(node, 0));
}

/** What one call of a function adds: nodes, those in subgraphs too, and names with their letters. */
function sizeOf({ node }: Pick<FunctionProto, "node">): { nodes: number; names: number; letters: number } {
  const size = { nodes: 0, names: 0, letters: 0 };
  for (const { name, input, output, attribute } of node) {
    const names = [name, ...input, ...output];
    size.nodes++;
    size.names += names.length;
    size.letters += names.reduce((sum, one) => sum + one.length, 0);
    for (const { g } of attribute) {
      if (!g) continue;
      const inner = sizeOf(g);
      const values = [...g.input, ...g.output, ...g.initializer].map((value) => value.name);
      size.nodes += inner.nodes;
      size.names += inner.names + values.length;
      size.letters += inner.letters + values.reduce((sum, one) => sum + one.length, 0);
    }
  }
  return size;
}

function opsetOf({ opsetImport }: Pick<ModelProto, "opsetImport">): number | undefined {
  const standard = opsetImport.find((o) => o.domain === "" || o.domain === "ai.onnx");
  return standard && Number(standard.version);
}

/** The function's nodes with the call's values for its parameters; its inner values are prefixed by the call's name. */
function body(f: FunctionProto, call: NodeProto, prefix: string): NodeProto[] {
  const names = new Map<string, string>([["", ""]]);
  f.input.forEach((name, i) => names.set(name, call.input[i] ?? ""));
  f.output.forEach((name, i) => names.set(name, call.output[i] || `${prefix}/${name}`));
  const rename: Rename = (name) => names.get(name) ?? `${prefix}/${name}`;
  const given = new Map([...f.attributeProto, ...call.attribute].map((a) => [a.name, a]));
  return f.node.map((node) => renamed(node, rename, given, prefix));
}

function renamed(
  node: NodeProto,
  rename: Rename,
  given: ReadonlyMap<string, AttributeProto>,
  prefix: string,
): NodeProto {
  return altered(node, {
    name: `${prefix}/${node.name}`,
    input: node.input.map(rename),
    output: node.output.map(rename),
    attribute: node.attribute.flatMap((attribute) => {
      if (attribute.refAttrName) {
        const value = given.get(attribute.refAttrName);
        return value ? [altered(value, { name: attribute.name })] : [];
      }
      if (!attribute.g) return [attribute];
      return [altered(attribute, { g: renamedGraph(attribute.g, rename, given, prefix) })];
    }),
  });
}

function renamedGraph(
  graph: GraphProto,
  rename: Rename,
  given: ReadonlyMap<string, AttributeProto>,
  prefix: string,
): GraphProto {
  const value = (v: ValueInfoProto) => altered(v, { name: rename(v.name) });
  return altered(graph, {
    input: graph.input.map(value),
    output: graph.output.map(value),
    node: graph.node.map((n) => renamed(n, rename, given, prefix)),
    initializer: graph.initializer.map((t) => altered(t, { name: rename(t.name) })),
  });
}

/** A shallow copy; a message's defaults live on its prototype. */
function altered<T extends object>(message: T, changes: Partial<T>): T {
  return Object.assign(Object.create(Object.getPrototypeOf(message) as object) as T, message, changes);
}
