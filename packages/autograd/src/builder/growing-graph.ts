import { lackOf, type EngineName } from "../engines.js";
import { constantOf } from "../graph/constant.js";
import { ModelError, UnsupportedError } from "../graph/errors.js";
import { describe, operatorName, type Attribute, type Graph, type Model, type Node } from "../graph/model.js";
import { withOrigin } from "../graph/origin.js";
import { tensorOf, type Shape, type Tensor, type TensorType } from "../graph/tensor.js";
import type { InferContext, InferRule, KnownValue } from "../infer/context.js";
import { foldNode, inferNode } from "../infer/node.js";
import { bounds, tooMany } from "../io/bounds.js";
import { modelOf, type Source } from "./model-of.js";
import { SharedSizes } from "./shared-sizes.js";
import { TypedGraph, type Operand, type Value } from "./typed-graph.js";

/**
 * Elements computed here in one graph at most, which takes a second. Arithmetic on shapes needs some hundreds, a mask of
 * attention 4,096; what a model computes beyond that from constants is left to the runtime.
 */
const mostFolded = 2 ** 19;

/** A node becomes several, and its gradient some more. */
const mostNodes = 4 * bounds.nodes;

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

/** A graph to which nodes are appended: the types of their outputs are inferred, and what can be computed is not appended. */
export class GrowingGraph extends TypedGraph {
  /** The nodes that the engine has to leave to the processor, by name, and why. */
  readonly onProcessor = new Map<string, string>();
  private readonly sizes = new SharedSizes();
  /** Elements folded so far. */
  private folded = 0;

  constructor(
    name = "graph",
    readonly source: Source = { irVersion: 10, opsets: new Map(), metadata: new Map() },
    private readonly options: BuilderOptions = {},
  ) {
    super(name);
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
    const double = inputs.some((i) => typeof i === "string" && this.has(i) && this.type(i).dtype === "float64");
    const operands = inputs.map((i) => (typeof i === "number" ? this.scalar(i, double ? "float64" : "float32") : i));
    this.append({ name, opType, domain: options.domain ?? "", inputs: operands, outputs, attributes }, options.shape);
    return outputs.map((o) => this.resolve(o));
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
    const context = this.contextOf(node);
    const types = inferNode(context, this.ownInferRule(node), shape);
    const values = this.fold(context, types);
    const same = this.options.sharesSizes ? this.sizes.earlier(node, types[0]!, values[0]) : undefined;
    if (same !== undefined) return void this.aliases.set(node.outputs[0]!, same);
    node.outputs.forEach((name, i) => {
      if (name !== "" && types[i]) this.types.set(name, types[i]);
      if (name !== "" && values[i]) this.knownValues.set(name, values[i]);
    });
    if (values.length === node.outputs.length && values.every(isOfNumbers))
      node.outputs.forEach((name, i) => this.define(name, computed(types[i]!, values[i]!)));
    else this.push(node, context);
  }

  /** What passes its input on: Identity, and an Unsqueeze of no axes, which WebGPU refuses. */
  private isIdentity({ opType, domain, inputs }: Node): boolean {
    if (domain !== "") return false;
    return opType === "Identity" || (opType === "Unsqueeze" && this.knownNumbers(inputs[1])?.length === 0);
  }

  /** What inference sees of a node. */
  private contextOf(node: Node): InferContext {
    for (const i of node.inputs)
      if (i !== "" && !this.types.has(i))
        throw new ModelError(
          `${describe(node)}: input '${i}' is produced by no node before it; append that node first`,
        );
    return {
      node,
      types: node.inputs.map((i) => this.types.get(i)),
      known: (i) => this.known(node.inputs[i] ?? ""),
    };
  }

  private ownInferRule(node: Node): InferRule | undefined {
    const { operators = {} } = this.options;
    const name = operatorName(node);
    return Object.hasOwn(operators, name) ? operators[name]!.infer : undefined;
  }

  private fold(context: InferContext, types: readonly TensorType[]): readonly KnownValue[] {
    const values = this.folded < mostFolded ? foldNode(context, types) : [];
    for (const { elements } of values) this.folded += elements.length;
    return values;
  }

  private push(node: Node, context: InferContext): void {
    const lack = lackOf(this.engine, context);
    if (lack?.refused) throw new UnsupportedError(node, lack.why);
    if (lack) this.onProcessor.set(node.name, lack.why);
    if (this.graph.nodes.length >= mostNodes) throw tooMany("nodes with those of its gradients", mostNodes);
    this.graph.nodes.push(this.withPlainShape(node));
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
    const given = inputs.map((type) => ({ name: this.fresh("element"), type }));
    for (const { name, type } of given) this.types.set(name, type);
    const built = this.sizes.within(() => build(given.map((g) => g.name)));
    const outputs = built.map((name) => ({ name, type: this.type(name) }));
    const nodes = this.graph.nodes.splice(start);
    return { name: this.fresh("body"), inputs: given, outputs, nodes, initializers: new Map() };
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

  /** The graph as a model: what no output needs is left out. */
  model(): Model {
    return modelOf(this.graph, this.source);
  }
}

function isOfNumbers({ elements }: KnownValue): boolean {
  return elements.every((e) => typeof e === "number");
}

function computed({ dtype }: TensorType, { shape, elements }: KnownValue): Tensor {
  return withOrigin(tensorOf(dtype, shape, elements as number[]), "computed");
}
