import { integerAt, isStatic } from "../graph/dims.js";
import { ModelError } from "../graph/errors.js";
import type { Graph, Node } from "../graph/model.js";
import { withOrigin } from "../graph/origin.js";
import {
  int64,
  numbersOf,
  sizeOf,
  tensorOf,
  type DataType,
  type Shape,
  type Tensor,
  type TensorType,
} from "../graph/tensor.js";
import type { KnownValue } from "../infer/context.js";
import { largestFold } from "../infer/fold.js";

/** The name of a value in a graph; a plain number stands for a scalar, float64 beside values that are, else float32. */
export type Value = string;
export type Operand = Value | number;

/** Lists of integers longer than this are no shapes. */
const mostAxes = 16;

/**
 * A graph that knows of every value its name and its type, and of small ones the elements. Here are the values that no node
 * makes: inputs, weights, constants.
 */
export class TypedGraph {
  readonly graph: Graph;
  protected readonly types = new Map<Value, TensorType>();
  protected readonly knownValues = new Map<Value, KnownValue>();
  protected readonly aliases = new Map<Value, Value>();
  private readonly variables = new Set<Value>();
  private readonly scalars = new Map<string, Value>();
  private readonly names = new Set<string>();
  private counter = 0;

  constructor(name: string) {
    this.graph = { name, inputs: [], outputs: [], nodes: [], initializers: new Map() };
  }

  /** Keeps the names of nodes to come from being given to others. */
  reserve(nodes: readonly Node[]): void {
    for (const node of nodes) [node.name, ...node.outputs].forEach((name) => this.names.add(name));
  }

  /** A name that nothing in the graph has. */
  fresh(stem: string): string {
    let name;
    do name = `${stem}~${++this.counter}`;
    while (this.names.has(name));
    this.names.add(name);
    return name;
  }

  /** Takes a name for a new value. */
  protected claim(name: string, what: string): void {
    if (this.types.has(name) || this.aliases.has(name))
      throw new ModelError(`${what} '${name}' would clash with a value of that name in the graph; rename one of them`);
    this.names.add(name);
  }

  /** The name a value goes by after folding: an Identity's output is its input. */
  resolve(value: Value): Value {
    let name = value;
    for (let next = this.aliases.get(name); next !== undefined; next = this.aliases.get(name)) name = next;
    return name;
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

  protected define(name: string, tensor: Tensor): void {
    this.graph.initializers.set(name, tensor);
    this.types.set(name, { dtype: tensor.dtype, shape: tensor.shape });
  }

  /** An unnamed constant. */
  constant(tensor: Tensor): Value {
    return this.initializer(this.fresh("constant"), withOrigin(tensor, "computed"));
  }

  /** A list of int64, for axes and sizes. Equal lists share one constant. */
  ints(values: readonly number[]): Value {
    return this.shared(`int64[${values.join()}]`, () => int64(values));
  }

  /** An int64 scalar. Equal ones share one constant. */
  integer(value: number): Value {
    return this.shared(`int64 ${value}`, () => int64([value], []));
  }

  /** A scalar. Equal ones share one constant. */
  scalar(value: number, dtype: "float32" | "float64" = "float32"): Value {
    return this.shared(`${dtype} ${value}`, () => tensorOf(dtype, [], [value]));
  }

  private shared(key: string, make: () => Tensor): Value {
    let value = this.scalars.get(key);
    if (value === undefined) this.scalars.set(key, (value = this.constant(make())));
    return value;
  }

  /** Whether the graph has a value of that name. */
  has(value: Value): boolean {
    return this.types.has(this.resolve(value));
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

  /** The same value, whose sizes are known under these names; numbers in its type stay. */
  knownAs(value: Value, shape: Shape): Value {
    const name = this.resolve(value);
    const { dtype, shape: now } = this.type(name);
    if (!this.graph.initializers.has(name))
      this.types.set(name, { dtype, shape: shape.map((d, i) => (typeof now[i] === "number" ? now[i] : d)) });
    return name;
  }

  /** Weights, which are to change: what is made of them is computed at run time, however small they are. */
  keepVariable(names: Iterable<Value>): void {
    for (const name of names) this.variables.add(name);
  }

  /** The elements of a small tensor that are known before running. */
  known(value: Value): KnownValue | undefined {
    const name = this.resolve(value);
    const found = this.knownValues.get(name);
    if (found) return found;
    if (this.variables.has(name)) return undefined;
    const tensor = this.graph.initializers.get(name);
    const known = tensor ? elementsOf(tensor) : integersOf(name, this.types.get(name));
    if (known) this.knownValues.set(name, known);
    return known;
  }

  /** Those elements, if each of them is a number; undefined for an input left out. */
  knownNumbers(value: Value | undefined): number[] | undefined {
    const elements = value ? this.known(value)?.elements : undefined;
    return elements?.every((e) => typeof e === "number") ? (elements as number[]) : undefined;
  }
}

function elementsOf(tensor: Tensor): KnownValue | undefined {
  if (tensor.dtype === "string" || sizeOf(tensor.shape) > largestFold) return undefined;
  return { shape: tensor.shape, elements: numbersOf(tensor) };
}

/** A few integers that a run alone will tell, sizes perhaps: each has a name of its own. */
function integersOf(name: Value, type: TensorType | undefined): KnownValue | undefined {
  if (!type || (type.dtype !== "int64" && type.dtype !== "int32") || type.shape.length > 1) return undefined;
  const { shape } = type;
  if (!isStatic(shape) || sizeOf(shape) > mostAxes) return undefined;
  return { shape, elements: Array.from({ length: sizeOf(shape) }, (_, k) => integerAt(`${name}:${k}`)) };
}
