import { lackOf, type EngineName } from "./engines.js";
import { ModelError, UnsupportedError } from "./graph/errors.js";
import { broadcastsTo, integerAt, isStatic } from "./graph/dims.js";
import { constantOf } from "./graph/constant.js";
import { describe, Float, operatorName, type Attribute, type Graph, type Model, type Node } from "./graph/model.js";
import { withOrigin } from "./graph/origin.js";
import {
  float32,
  int64,
  numbersOf,
  sizeOf,
  tensorOf,
  type DataType,
  type Dim,
  type Shape,
  type Tensor,
  type TensorType,
} from "./graph/tensor.js";
import { dependencies, nodesFor } from "./graph/walk.js";
import type { InferContext, InferRule, KnownValue } from "./infer/context.js";
import { largestFold } from "./infer/fold.js";
import { foldNode, inferNode } from "./infer/node.js";
import { bounds, tooMany } from "./io/bounds.js";
import { protoOf } from "./io/data-types.js";

/** Lists of integers longer than this are no shapes. */
const mostAxes = 16;

/** The operator set of the nodes that are appended; rules are written for it alone. */
const targetOpset = 21;

/**
 * Elements computed here in one graph at most, which takes a second. Arithmetic on shapes needs some hundreds, a mask of
 * attention 4,096; what a model computes beyond that from constants is left to the runtime.
 */
const mostFolded = 2 ** 19;

/** A node becomes several, and its gradient some more. */
const mostNodes = 4 * bounds.nodes;

/** The name of a value in a graph; a plain number stands for a float32 scalar. */
export type Value = string;
export type Operand = Value | number;

export interface NodeOptions {
  readonly domain?: string;
  readonly name?: string;
  /** How many outputs the node has; 1 unless said. */
  readonly outputs?: number;
  /** The shape of its first output, where it follows from more than the node shows. */
  readonly shape?: Shape;
}

export interface BuilderOptions {
  /** Where the graph is to run; `cpu` unless given. */
  readonly engine?: EngineName;
  /** Whether sizes that are the same are computed once. */
  readonly sharesSizes?: boolean;
  /** Operator → how its outputs' types follow, before the library's own rules (`com.example.Warp`). */
  readonly operators?: Readonly<Record<string, { readonly infer?: InferRule }>>;
}

/**
 * Appends nodes to a graph, and knows the type of every value as it goes: gradient rules ask for shapes, constant
 * arithmetic on shapes is computed instead of appended.
 */
export class GraphBuilder {
  readonly graph: Graph;
  /** The nodes that the engine has to leave to the processor, by name, and why. */
  readonly onProcessor = new Map<string, string>();
  private readonly types = new Map<Value, TensorType>();
  private readonly knownValues = new Map<Value, KnownValue>();
  private readonly aliases = new Map<Value, Value>();
  private readonly variables = new Set<Value>();
  private readonly scalars = new Map<string, Value>();
  /** Sizes that nodes compute → the value that has them: networks ask for the same ones over and over. */
  private sizes = new Map<string, Value>();
  private readonly names = new Set<string>();
  private counter = 0;
  /** Elements folded so far. */
  private folded = 0;

  constructor(
    name = "graph",
    readonly source: Pick<Model, "irVersion" | "opsets" | "metadata"> = {
      irVersion: 10,
      opsets: new Map(),
      metadata: new Map(),
    },
    private readonly options: BuilderOptions = {},
  ) {
    this.graph = { name, inputs: [], outputs: [], nodes: [], initializers: new Map() };
  }

  /** Keeps the names of nodes to come from being given to others. */
  reserve(nodes: readonly Node[]): void {
    for (const node of nodes) [node.name, ...node.outputs].forEach((name) => this.names.add(name));
  }

  /** Where the graph is to run. */
  get engine(): EngineName {
    return this.options.engine ?? "cpu";
  }

  /** Appends an operator and returns its first output. */
  op(
    opType: string,
    inputs: readonly Operand[],
    attributes: Record<string, Attribute> = {},
    options: NodeOptions = {},
  ): Value {
    return this.ops(opType, inputs, attributes, options)[0]!;
  }

  /** Appends an operator and returns all its outputs. */
  ops(
    opType: string,
    inputs: readonly Operand[],
    attributes: Record<string, Attribute> = {},
    options: NodeOptions = {},
  ): Value[] {
    const name = options.name ?? this.fresh(opType);
    const outputs = Array.from({ length: options.outputs ?? 1 }, (_, i) =>
      this.fresh(i === 0 ? `${name}:out` : `${name}:out${i}`),
    );
    const operands = inputs.map((i) => (typeof i === "number" ? this.scalar(i) : i));
    this.append({ name, opType, domain: options.domain ?? "", inputs: operands, outputs, attributes }, options.shape);
    return outputs.map((o) => this.resolve(o));
  }

  /** The same value, whose sizes are known under these names; numbers in its type stay. */
  knownAs(value: Value, shape: Shape): Value {
    const name = this.resolve(value);
    const { dtype, shape: now } = this.type(name);
    if (!this.graph.initializers.has(name))
      this.types.set(name, { dtype, shape: shape.map((d, i) => (typeof now[i] === "number" ? now[i] : d)) });
    return name;
  }

  /**
   * Appends a node as it stands, or computes it where all it needs is known.
   * @param shape the first output's, where it follows from more than the node shows
   * @throws {ModelError} if it reads what is not there, or a value has the name of one of its outputs.
   */
  append(given: Node, shape?: Shape): void {
    // Rules read the inputs that an operator requires, which a file may lack.
    if (given.inputs.some((i: Value | undefined) => i === undefined))
      throw new ModelError(`${describe(given)}: an input that it requires is missing; export the model again`);
    const node = { ...given, inputs: given.inputs.map((i) => this.resolve(i)) };
    for (const o of node.outputs) if (o !== "") this.claim(o, `the output of ${describe(node)},`);
    if (node.opType === "Constant") return this.define(node.outputs[0]!, withOrigin(constantOf(node), "constant"));
    if (this.isIdentity(node)) return void this.aliases.set(node.outputs[0]!, node.inputs[0]!);
    for (const i of node.inputs)
      if (i !== "" && !this.types.has(i))
        throw new ModelError(
          `${describe(node)}: input '${i}' is produced by no node before it; append that node first`,
        );
    const context: InferContext = {
      node,
      types: node.inputs.map((i) => this.types.get(i)),
      known: (i) => this.known(node.inputs[i] ?? ""),
    };
    const outputs = inferNode(context, this.ownInferRule(node), shape);
    const values = this.folded < mostFolded ? foldNode(context, outputs) : [];
    for (const { elements } of values) this.folded += elements.length;
    if (this.isShared(node, outputs[0]!, values[0])) return;
    node.outputs.forEach((name, i) => {
      if (name !== "" && outputs[i]) this.types.set(name, outputs[i]);
      if (name !== "" && values[i]) this.knownValues.set(name, values[i]);
    });
    if (values.length === node.outputs.length && values.every((v) => v.elements.every((e) => typeof e === "number"))) {
      node.outputs.forEach((name, i) =>
        this.define(name, computed(tensorOf(outputs[i]!.dtype, values[i]!.shape, values[i]!.elements as number[]))),
      );
      return;
    }
    const lack = lackOf(this.engine, context);
    if (lack?.refused) throw new UnsupportedError(node, lack.why);
    if (lack) this.onProcessor.set(node.name, lack.why);
    if (this.graph.nodes.length >= mostNodes) throw tooMany("nodes with those of its gradients", mostNodes);
    this.graph.nodes.push(this.withPlainShape(node));
  }

  /** Whether a node computes sizes that a value has already, which its output then is. */
  private isShared({ outputs }: Node, { dtype, shape }: TensorType, value: KnownValue | undefined): boolean {
    if (!this.options.sharesSizes) return false;
    const open = value?.elements.some((e) => typeof e !== "number");
    if (!open || outputs.length !== 1 || dtype.startsWith("float")) return false;
    const key = `${dtype} [${shape.join()}] ${value!.elements.join()}`;
    const same = this.sizes.get(key);
    if (same === undefined) this.sizes.set(key, outputs[0]!);
    else this.aliases.set(outputs[0]!, same);
    return same !== undefined;
  }

  /** What passes its input on: Identity, and an Unsqueeze of no axes, which WebGPU refuses. */
  private isIdentity({ opType, domain, inputs }: Node): boolean {
    if (domain !== "") return false;
    return opType === "Identity" || (opType === "Unsqueeze" && this.knownNumbers(inputs[1])?.length === 0);
  }

  private ownInferRule(node: Node): InferRule | undefined {
    const { operators = {} } = this.options;
    const name = operatorName(node);
    return Object.hasOwn(operators, name) ? operators[name]!.infer : undefined;
  }

  /** A Reshape whose target is known but for the batch needs no arithmetic at run time: the batch becomes -1. */
  private withPlainShape(node: Node): Node {
    if (node.opType !== "Reshape" || this.graph.initializers.has(node.inputs[1]!)) return node;
    const shape = this.types.get(node.outputs[0]!)!.shape;
    if (shape.filter((d) => typeof d === "string").length > 1) return node;
    const plain = this.ints(shape.map((d) => (typeof d === "string" ? -1 : d)));
    return { ...node, inputs: [node.inputs[0]!, plain] };
  }

  /** A graph of its own that may use this graph's values, e.g. the body of a Scan. */
  subgraph(inputs: readonly TensorType[], build: (x: Value[]) => Value[]): Graph {
    const start = this.graph.nodes.length;
    // What a body computes is not there outside it.
    const { sizes } = this;
    this.sizes = new Map(sizes);
    const given = inputs.map((type) => ({ name: this.fresh("element"), type }));
    for (const { name, type } of given) this.types.set(name, type);
    const outputs = build(given.map((g) => g.name)).map((name) => ({ name, type: this.type(name) }));
    const nodes = this.graph.nodes.splice(start);
    this.sizes = sizes;
    return { name: this.fresh("body"), inputs: given, outputs, nodes, initializers: new Map() };
  }

  /**
   * Declares an input of the graph; sizes may be symbolic, as in `["batch", 3, 224, 224]`.
   * @throws {ModelError} if a value has that name already.
   */
  input(name: string, dtype: DataType, shape: Shape): Value {
    this.claim(name, "the input");
    this.graph.inputs.push({ name, type: { dtype, shape } });
    this.types.set(name, { dtype, shape });
    return name;
  }

  /** Gives an input a value of its own: it becomes an initializer. */
  fixInput(name: string, tensor: Tensor): void {
    const at = this.graph.inputs.findIndex((input) => input.name === name);
    if (at < 0) throw new ModelError(`the graph has no input named '${name}'; name one that it has`);
    this.graph.inputs.splice(at, 1);
    this.define(name, tensor);
  }

  /**
   * Declares a weight or a constant under a name.
   * @throws {ModelError} if a value has that name already.
   */
  initializer(name: string, tensor: Tensor): Value {
    this.claim(name, "the weight");
    this.define(name, tensor);
    return name;
  }

  /** An unnamed constant. */
  constant(tensor: Tensor): Value {
    return this.initializer(this.fresh("constant"), computed(tensor));
  }

  /** Weights, which are to change: what is made of them is computed at run time, however small they are. */
  keepVariable(names: Iterable<Value>): void {
    for (const name of names) this.variables.add(name);
  }

  /** A list of int64, for axes and sizes. Equal lists share one constant. */
  ints(values: readonly number[]): Value {
    return this.shared(`int64[${values.join()}]`, () => int64(values));
  }

  /** An int64 scalar. Equal ones share one constant. */
  integer(value: number): Value {
    return this.shared(`int64 ${value}`, () => int64([value], []));
  }

  /** A float32 scalar. Equal ones share one constant. */
  scalar(value: number): Value {
    return this.shared(`float32 ${value}`, () => float32([value], []));
  }

  private shared(key: string, make: () => Tensor): Value {
    let value = this.scalars.get(key);
    if (value === undefined) this.scalars.set(key, (value = this.constant(make())));
    return value;
  }

  /**
   * The element type and the shape of a value.
   * @throws {ModelError} if the graph has no value of that name.
   */
  type(value: Value): TensorType {
    const type = this.types.get(this.resolve(value));
    if (!(value as Value | undefined))
      throw new ModelError("an input that is required is missing; export the model again");
    if (!type) throw new ModelError(`the graph has no value named '${value}'; name one that it has`);
    return type;
  }

  /** The shape of a value; a size that is not fixed is an expression such as `batch`. */
  shape(value: Value): Shape {
    return this.type(value).shape;
  }

  /** Whether the graph has a value of that name. */
  has(value: Value): boolean {
    return this.types.has(this.resolve(value));
  }

  /** The name a value goes by after folding: an Identity's output is its input. */
  resolve(value: Value): Value {
    let name = value;
    for (let next = this.aliases.get(name); next !== undefined; next = this.aliases.get(name)) name = next;
    return name;
  }

  /** The elements of a small tensor that are known before running. */
  known(value: Value): KnownValue | undefined {
    const name = this.resolve(value);
    const found = this.knownValues.get(name);
    if (found) return found;
    if (this.variables.has(name)) return undefined;
    const tensor = this.graph.initializers.get(name);
    const known = tensor ? this.elementsOf(tensor) : this.integersOf(name);
    if (known) this.knownValues.set(name, known);
    return known;
  }

  private elementsOf(tensor: Tensor): KnownValue | undefined {
    if (tensor.dtype === "string" || sizeOf(tensor.shape) > largestFold) return undefined;
    return { shape: tensor.shape, elements: numbersOf(tensor) };
  }

  /** A few integers that a run alone will tell, sizes perhaps: each has a name of its own. */
  private integersOf(name: Value): KnownValue | undefined {
    const type = this.types.get(name);
    if (!type || (type.dtype !== "int64" && type.dtype !== "int32") || type.shape.length > 1) return undefined;
    const { shape } = type;
    if (!isStatic(shape) || sizeOf(shape) > mostAxes) return undefined;
    return { shape, elements: Array.from({ length: sizeOf(shape) }, (_, k) => integerAt(`${name}:${k}`)) };
  }

  /** Those elements, if each of them is a number; undefined for an input left out. */
  knownNumbers(value: Value | undefined): number[] | undefined {
    const elements = value ? this.known(value)?.elements : undefined;
    return elements?.every((e) => typeof e === "number") ? (elements as number[]) : undefined;
  }

  /**
   * Declares a graph output of this name.
   * @throws {ModelError} if another value has that name.
   */
  output(name: string, value: Value): void {
    const inner = this.resolve(value);
    const type = this.type(inner);
    if (inner !== name) {
      // The name of an Identity's output, which is folded away: nothing in the graph has it.
      this.aliases.delete(name);
      this.claim(name, "the output");
      this.graph.nodes.push({
        name: this.fresh("output"),
        opType: "Identity",
        domain: "",
        inputs: [inner],
        outputs: [name],
        attributes: {},
      });
      this.types.set(name, type);
    }
    this.graph.outputs.push({ name, type });
  }

  /** Replaces all outputs: name → value. */
  setOutputs(outputs: Readonly<Record<string, Value>>): void {
    this.graph.outputs.length = 0;
    for (const [name, value] of Object.entries(outputs)) this.output(name, value);
  }

  /** A name that nothing in the graph has. */
  fresh(stem: string): string {
    let name;
    do name = `${stem}~${++this.counter}`;
    while (this.names.has(name));
    this.names.add(name);
    return name;
  }

  /** The graph as a model: what no output needs is left out. */
  model(): Model {
    const outputs = this.graph.outputs.map((o) => o.name);
    const needed = dependencies(this.graph.nodes, outputs);
    const nodes = nodesFor(this.graph.nodes, outputs);
    const opsets = new Map(this.source.opsets);
    opsets.set("", Math.max(targetOpset, opsets.get("") ?? 0));
    for (const { domain } of nodes) if (!opsets.has(domain)) opsets.set(domain, 1);
    return {
      irVersion: Math.max(10, this.source.irVersion),
      opsets,
      producer: "taskhead",
      metadata: this.source.metadata,
      graph: {
        ...this.graph,
        nodes,
        inputs: this.graph.inputs.filter((i) => needed.has(i.name)),
        initializers: new Map([...this.graph.initializers].filter(([name]) => needed.has(name))),
      },
    };
  }

  /** Takes a name for a new value. */
  private claim(name: string, what: string): void {
    if (this.types.has(name) || this.aliases.has(name))
      throw new ModelError(`${what} '${name}' would clash with a value of that name in the graph; rename one of them`);
    this.names.add(name);
  }

  private define(name: string, tensor: Tensor): void {
    this.graph.initializers.set(name, tensor);
    this.types.set(name, { dtype: tensor.dtype, shape: tensor.shape });
  }

  // Short forms that rules read like formulas with.

  add = (a: Operand, b: Operand): Value => this.op("Add", [a, b]);
  sub = (a: Operand, b: Operand): Value => this.op("Sub", [a, b]);
  mul = (a: Operand, b: Operand): Value => (a === 1 ? (b as Value) : b === 1 ? (a as Value) : this.op("Mul", [a, b]));
  div = (a: Operand, b: Operand): Value => this.op("Div", [a, b]);
  pow = (a: Operand, b: Operand): Value => this.op("Pow", [a, b]);
  neg = (a: Value): Value => this.op("Neg", [a]);
  sqrt = (a: Value): Value => this.op("Sqrt", [a]);
  exp = (a: Value): Value => this.op("Exp", [a]);
  where = (condition: Value, a: Operand, b: Operand): Value => this.op("Where", [condition, a, b]);
  cast = (a: Value, to: DataType): Value => (this.type(a).dtype === to ? a : this.op("Cast", [a], { to: protoOf(to) }));

  /** 1 where the comparison holds, else 0, in the type of `a`. */
  mask(comparison: "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Equal", a: Value, b: Operand): Value {
    return this.cast(this.op(comparison, [a, b]), this.type(a).dtype);
  }

  /** A product of matrices, either of them transposed. WebGPU has no kernel for that in one. */
  matMul(a: Value, b: Value, { transA = 0, transB = 0 } = {}): Value {
    if (!transA && !transB) return this.op("MatMul", [a, b]);
    if (this.engine === "webgpu")
      return this.op("MatMul", [transA ? this.swapped(a) : a, transB ? this.swapped(b) : b]);
    return this.op("FusedMatMul", [a, b], { transA, transB, alpha: new Float(1) }, { domain: "com.microsoft" });
  }

  /** Axis i of the result is axis perm[i] of `a`. */
  transpose(a: Value, perm: readonly number[]): Value {
    return perm.every((p, i) => p === i) ? a : this.op("Transpose", [a], { perm: [...perm] });
  }

  /** The last two axes exchanged. */
  private swapped(a: Value): Value {
    const axes = this.shape(a).map((_, i) => i);
    return this.transpose(a, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
  }

  /** Reshapes to dimensions of which at most one is symbolic; otherwise to the shape of `like`, at run time. */
  reshape(a: Value, shape: Shape, like?: Value): Value {
    if (shape.length === this.shape(a).length && shape.every((d, i) => d === this.shape(a)[i])) return a;
    if (shape.filter((d) => typeof d === "string").length <= 1)
      return this.op("Reshape", [a, this.ints(shape.map((d) => (typeof d === "string" ? -1 : d)))]);
    if (!like)
      throw new ModelError(`cannot reshape to [${shape.join(", ")}]: more than one size is open; fix the input's size`);
    return this.op("Reshape", [a, this.op("Shape", [like])]);
  }

  /** The sum over some axes; over none, `a` itself. */
  reduceSum(a: Value, axes: readonly number[], keepdims: 0 | 1 = 0): Value {
    return axes.length === 0 ? a : this.op("ReduceSum", [a, this.ints(axes)], { keepdims });
  }

  /** Elements start, start + step, … before end of one axis. */
  slice(a: Value, axis: number, start: number, end: number, step = 1): Value {
    return this.op("Slice", [a, this.ints([start]), this.ints([end]), this.ints([axis]), this.ints([step])]);
  }

  /** 0, 1, 2, … along an axis of a value, as int64. */
  positions(a: Value, axis: number): Value {
    const size = this.op("Squeeze", [this.op("Shape", [a], { start: axis, end: axis + 1 }), this.ints([0])]);
    return this.op("Range", [this.integer(0), size, this.integer(1)]);
  }

  /** Sums a gradient over the axes along which its value was broadcast, so that it has the value's shape. */
  sumTo(gradient: Value, value: Value): Value {
    const from = this.shape(gradient);
    const to = this.shape(value);
    const lead = from.length - to.length;
    if (to.some((d, i) => mayRepeat(d, from[i + lead]!))) return this.sumToAtRunTime(gradient, value);
    const repeated = from.flatMap((d, i) => (i >= lead && to[i - lead] === 1 && d !== 1 ? [i] : []));
    const summed = this.reduceSum(gradient, repeated, 1);
    return lead > 0
      ? this.reduceSum(
          summed,
          Array.from({ length: lead }, (_, i) => i),
        )
      : summed;
  }

  /** The same where a run alone will tell which axes those are: the ones whose sizes differ. */
  private sumToAtRunTime(gradient: Value, value: Value): Value {
    const to = this.shape(value);
    const lead = this.shape(gradient).length - to.length;
    const summed = this.reduceSum(
      gradient,
      Array.from({ length: lead }, (_, i) => i),
    );
    const differ = this.op("Not", [this.op("Equal", [this.op("Shape", [summed]), this.op("Shape", [value])])]);
    const axes = this.op("Squeeze", [this.op("NonZero", [differ]), this.ints([0])]);
    return this.op("ReduceSum", [summed, axes], { keepdims: 1, noop_with_empty_axes: 1 }, { shape: to });
  }
}

function computed(tensor: Tensor): Tensor {
  return withOrigin(tensor, "computed");
}

/** Whether an axis of symbolic size may be 1 and repeated to another size. */
function mayRepeat(to: Dim, from: Dim): boolean {
  return typeof to === "string" && to !== from && !broadcastsTo(to, from) && !broadcastsTo(from, to);
}
