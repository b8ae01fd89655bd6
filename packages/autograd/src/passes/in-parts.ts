import { GraphBuilder, type Value } from "../builder.js";
import { ModelError } from "../graph/errors.js";
import { inputsOf, renameNode, type Model, type Node } from "../graph/model.js";
import type { Dim } from "../graph/tensor.js";
import { dependents } from "../graph/walk.js";
import { buildOn } from "../lower/build-on.js";
import type { GraphOptions } from "../options.js";
import { trainableParameters } from "../parameters/trainable.js";
import { perRow, rowsOf, type Rows } from "./rows.js";

export interface InParts {
  readonly model: Model;
  readonly parts: number;
  /** Each input's names, one for each part. */
  readonly inputs: ReadonlyMap<string, readonly string[]>;
  /** An input, int64 [1]: how many samples, the first of all parts together, the outputs are of. */
  readonly count: string;
}

/**
 * A model that takes a batch in parts, one after another, each padded to its own longest; its outputs are of the whole
 * batch, joined in the parts' order. It is the same function, and has the same gradients, wherever no sample's output
 * depends on the others' or on padding.
 *
 * What treats all rows alike, tokens or samples, runs once, on the rows of all parts together: embeddings are looked up
 * once, and a weight has one gradient, not one for each part to be added up. What mixes the tokens of a sample, as
 * attention does, runs part by part.
 *
 * @param parts how many; where there are fewer samples, the last parts hold any, and `count` leaves them out
 * @param inputs those of samples, [batch, …] each; all unless given
 * @throws {ModelError} if they have no free batch axis in common, or an output has no fixed shape for a sample.
 */
export function inParts(
  model: Model,
  parts: number,
  {
    inputs = model.graph.inputs.map((input) => input.name),
    ...options
  }: GraphOptions & { inputs?: readonly string[] } = {},
): InParts {
  const whole = buildOn(model, options);
  const { batch, places } = sizesOf(whole, inputs);
  const reached = dependents(whole.graph.nodes, inputs);
  const varying = {
    has: (value: Value) => reached.has(value),
    rows: (value: Value) => (reached.has(value) ? rowsOf(whole.shape(value), batch, places) : undefined),
  };
  const b = emptied(whole, model, options);
  const names = partInputs(b, whole, inputs, parts);
  const forms = new Forms(b, whole, varying.rows, names);
  for (const node of whole.graph.nodes) {
    if (!inputsOf(node).some((value) => reached.has(value))) {
      b.append(node);
      continue;
    }
    const once = perRow(whole, node, varying);
    if (once) {
      const given = once.axes ? [node.inputs[0]!, b.ints(once.axes)] : node.inputs;
      const rows = given.map((value) => (reached.has(value) ? forms.joined(value) : value));
      forms.keep(node.outputs[0]!, b.op(node.opType, rows, once.attributes));
    } else for (let part = 0; part < parts; part++) forms.append(node, part);
  }
  const count = b.input("batch.count", "int64", [1]);
  const outputs = whole.graph.outputs.map(({ name }): [string, Value] => {
    if (!reached.has(name)) return [name, name];
    const rows = varying.rows(name);
    if (rows?.counted.length !== 1)
      throw new ModelError(
        `'${name}' is [${whole.shape(name).join(", ")}], which has no fixed shape for a sample; the parts of a batch cannot be joined to it`,
      );
    const shape = [batch, ...rows.shape];
    return [name, b.op("Slice", [forms.joined(name), b.ints([0]), count, b.ints([0])], {}, { shape })];
  });
  b.setOutputs(Object.fromEntries(outputs));
  return { model: b.model(), parts, inputs: names, count };
}

/** What counts the samples, and what counts their tokens. */
function sizesOf(b: GraphBuilder, inputs: readonly string[]): { batch: Dim; places: Set<Dim> } {
  const shapes = inputs.map((name) => b.shape(name));
  const [batch, ...others] = new Set(shapes.map((shape) => shape[0]));
  if (typeof batch !== "string" || others.length > 0)
    throw new ModelError(
      `the inputs ${inputs.map((name) => `'${name}'`).join(", ")} have no free batch axis in common, by which a batch could be cut in parts; export the model with a dynamic batch axis`,
    );
  return { batch, places: new Set(shapes.flatMap(([, second]) => (typeof second === "string" ? [second] : []))) };
}

/** A builder with the constants and weights of a graph, its other inputs, and no nodes. */
function emptied({ graph }: GraphBuilder, model: Model, options: GraphOptions): GraphBuilder {
  const b = new GraphBuilder(graph.name, model, { ...options, sharesSizes: true });
  b.reserve(graph.nodes);
  for (const [name, tensor] of graph.initializers) b.initializer(name, tensor);
  b.keepVariable(
    trainableParameters(
      model,
      model.graph.nodes.flatMap((node) => node.outputs),
    ),
  );
  return b;
}

/** Declares each input once for each part, with sizes of the part's own; the others as they are. */
function partInputs(
  b: GraphBuilder,
  whole: GraphBuilder,
  inputs: readonly string[],
  parts: number,
): Map<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const { name } of whole.graph.inputs) {
    const { dtype, shape } = whole.type(name);
    if (!inputs.includes(name)) {
      b.input(name, dtype, shape);
      continue;
    }
    const own = Array.from({ length: parts }, (_, part) =>
      b.input(
        `batch.${part}.${name}`,
        dtype,
        shape.map((d) => (typeof d === "string" ? `${d}.${part}` : d)),
      ),
    );
    names.set(name, own);
  }
  return names;
}

/** What varies, as parts [batchᵢ, tokensᵢ, …row] or as the rows of all parts [Σ batchᵢ·tokensᵢ, …row]: made when asked for. */
class Forms {
  readonly #parts: Map<Value, readonly Value[]>;
  readonly #rows = new Map<Value, Value>();
  readonly #lengths = new Map<string, Value>();

  constructor(
    private readonly b: GraphBuilder,
    private readonly whole: GraphBuilder,
    private readonly rowsOf: (value: Value) => Rows | undefined,
    private readonly inputs: ReadonlyMap<string, readonly string[]>,
  ) {
    this.#parts = new Map(inputs);
  }

  /** A value that was made as the rows of all parts. */
  keep(value: Value, rows: Value): void {
    this.#rows.set(value, rows);
  }

  /** Appends a node for one part. */
  append(node: Node, part: number): void {
    const outputs = node.outputs.map((output) => (output === "" ? "" : this.b.fresh(output)));
    const own = renameNode(node, (value) => (this.has(value) ? this.parts(value)[part]! : value));
    this.b.append({ ...own, name: this.b.fresh(node.name), outputs });
    node.outputs.forEach((output, i) => {
      if (output !== "") this.#parts.set(output, [...(part > 0 ? this.#parts.get(output)! : []), outputs[i]!]);
    });
  }

  /** The rows of all parts, one after another. */
  joined(value: Value): Value {
    const known = this.#rows.get(value);
    if (known !== undefined) return known;
    const { counted, shape } = this.rowsOf(value)!;
    const flat = this.parts(value).map((part) =>
      counted.length === 1 ? part : this.b.op("Reshape", [part, this.b.ints([-1, ...shape])]),
    );
    const rows = this.b.op("Concat", flat, { axis: 0 });
    this.#rows.set(value, rows);
    return rows;
  }

  private has(value: Value): boolean {
    return this.#parts.has(value) || this.#rows.has(value);
  }

  private parts(value: Value): readonly Value[] {
    const known = this.#parts.get(value);
    if (known) return known;
    const { b } = this;
    const { counted, shape } = this.rowsOf(value)!;
    const like = this.countedBy(counted);
    const flat = b.ops("Split", [this.#rows.get(value)!, this.lengths(counted)], { axis: 0 }, { outputs: like.length });
    const parts = flat.map((part, i) => {
      if (counted.length === 1) return part;
      const target = b.op("Concat", [this.countsOf(like[i]!, counted.length), b.ints(shape)], { axis: 0 });
      return b.op("Reshape", [part, target]);
    });
    this.#parts.set(value, parts);
    return parts;
  }

  /** How many rows each part has, [parts]. */
  private lengths(counted: readonly Dim[]): Value {
    const key = counted.join();
    const known = this.#lengths.get(key);
    if (known !== undefined) return known;
    const { b } = this;
    const each = this.countedBy(counted).map((part) =>
      b.op("ReduceProd", [this.countsOf(part, counted.length), b.ints([0])], { keepdims: 1 }),
    );
    const lengths = b.op("Concat", each, { axis: 0 });
    this.#lengths.set(key, lengths);
    return lengths;
  }

  /** The first sizes of a value, as a list. */
  private countsOf(value: Value, axes: number): Value {
    return this.b.op("Shape", [value], { start: 0, end: axes });
  }

  /** The parts of an input that has these sizes in front. */
  private countedBy(counted: readonly Dim[]): readonly string[] {
    const starts = (name: string): boolean => counted.every((d, i) => this.whole.shape(name)[i] === d);
    return this.inputs.get([...this.inputs.keys()].find(starts)!)!;
  }
}
