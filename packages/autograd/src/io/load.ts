import { fromBinary } from "@bufbuild/protobuf";
import { withOrigin } from "../graph/origin.js";
import { ModelError } from "../graph/errors.js";
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../gen/onnx_pb.js";
import { checkedGraph } from "../graph/check.js";
import { constantOf } from "../graph/constant.js";
import {
  describe,
  Float,
  Floats,
  type Attribute,
  type Graph,
  type Model,
  type Node,
  type ValueInfo,
} from "../graph/model.js";
import type { Dim, Tensor } from "../graph/tensor.js";
import { bounds, requireBounds, tooMany } from "./bounds.js";
import { dataTypeOf } from "./data-types.js";
import { inlineFunctions } from "./inline-functions.js";
import { loadTensor, requireExternalBounds, type ExternalData } from "./load-tensor.js";

export interface LoadOptions {
  /** Reads the files that hold weights outside of the model. */
  readonly external?: ExternalData;
}

/** What a protobuf message, and so an ONNX file, holds at most. */
export const largestFile = 2 ** 31 - 1;

/**
 * Loads an ONNX file. Its graph comes in one form: local functions are inlined, Constant nodes become initializers (so
 * that weights among them can be trained), float16 and bfloat16 become float32, nodes stand in topological order.
 * @throws {ModelError} if the bytes are not a whole, consistent ONNX model, or hold something the library cannot
 * represent.
 */
export function loadModel(bytes: Uint8Array, { external }: LoadOptions = {}): Model {
  if (!ArrayBuffer.isView(bytes))
    throw new ModelError(
      `the bytes of an .onnx file are wanted, a Uint8Array, not ${kindOf(bytes)}; read the file first`,
    );
  const proto = parse(bytes);
  if (!proto.graph || proto.graph.node.length === 0)
    throw new ModelError("not an ONNX model: the file holds no graph; give the path of an .onnx file");
  const nodes = inlineFunctions(proto);
  requireExternalBounds([...proto.graph.initializer, ...tensorsIn(nodes)], largestFile);
  return {
    irVersion: Number(proto.irVersion),
    opsets: new Map(proto.opsetImport.map((o) => [standard(o.domain), Number(o.version)])),
    graph: new GraphLoader(external).graph(proto.graph, nodes),
    producer: proto.producerName,
    metadata: new Map(proto.metadataProps.map((p) => [p.key, p.value])),
  };
}

/** What was given in place of bytes. */
function kindOf(given: unknown): string {
  return typeof given === "string" ? `'${given}'` : Object.prototype.toString.call(given).slice("[object ".length, -1);
}

function parse(bytes: Uint8Array): ModelProto {
  if (bytes.length > largestFile)
    throw new ModelError("the file is larger than 2 GiB, which no ONNX file can be; export it with external data");
  requireBounds(bytes);
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    const message = "not an ONNX model, or a truncated one: the protobuf does not parse; fetch the file again";
    throw new ModelError(message, { cause });
  }
}

/** Those that nodes have as attributes, and in their subgraphs. */
function tensorsIn(nodes: readonly NodeProto[]): TensorProto[] {
  return nodes.flatMap(({ attribute }) =>
    attribute.flatMap(({ t, g }) => [...(t ? [t] : []), ...(g ? [...g.initializer, ...tensorsIn(g.node)] : [])]),
  );
}

class GraphLoader {
  constructor(private readonly external: ExternalData | undefined) {}

  graph(proto: GraphProto, protoNodes: readonly NodeProto[], isSubgraph = false): Graph {
    const initializers = this.initializers(proto);
    // Old exporters list the weights among the inputs as well.
    const inputs = proto.input.filter((v) => !initializers.has(v.name)).map(valueInfo);
    const all = protoNodes.map((n) => this.node(n));
    const nodes = all.filter((n) => !isConstant(n));
    for (const node of all.filter(isConstant))
      define(initializers, node.outputs[0] ?? "", withOrigin(constantOf(node), "constant"));
    const outputs = proto.output.map(valueInfo);
    return checkedGraph({ name: proto.name, inputs, outputs, nodes, initializers }, isSubgraph);
  }

  private initializers(proto: GraphProto): Map<string, Tensor> {
    const sparse = proto.sparseInitializer[0];
    if (sparse)
      throw new ModelError(
        `weight '${sparse.values?.name ?? ""}' is stored sparsely, which is not supported; export the model with dense weights`,
      );
    const initializers = new Map<string, Tensor>();
    for (const tensor of proto.initializer) define(initializers, tensor.name, loadTensor(tensor, this.external));
    return initializers;
  }

  private node(proto: NodeProto): Node {
    const node = {
      name: proto.name,
      opType: proto.opType,
      domain: standard(proto.domain),
      inputs: proto.input,
      outputs: proto.output,
      attributes: {},
    };
    const attributes = proto.attribute.map((a) => [a.name, this.attribute(a, node)] as const);
    return { ...node, attributes: Object.fromEntries(attributes) };
  }

  private attribute(proto: AttributeProto, node: Node): Attribute {
    switch (proto.type) {
      case Kind.FLOAT:
        return new Float(proto.f);
      case Kind.INT:
        return Number(proto.i);
      case Kind.STRING:
        return text(proto.s);
      case Kind.TENSOR:
        if (proto.t) return loadTensor(proto.t, this.external);
        break;
      case Kind.GRAPH:
        if (proto.g) return this.graph(proto.g, proto.g.node, true);
        break;
      case Kind.FLOATS:
        return new Floats(proto.floats);
      case Kind.INTS:
        return proto.ints.map(Number);
      case Kind.STRINGS:
        return proto.strings.map(text);
    }
    const kind = Kind[proto.type] ?? proto.type;
    throw new ModelError(
      `${describe(node)}: its attribute '${proto.name}' is empty or of a kind (${kind}) that is not supported; export the model again`,
    );
  }
}

/** The standard operators' domain has two names. */
function standard(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

function isConstant({ opType, domain }: Node): boolean {
  return opType === "Constant" && domain === "";
}

function define(initializers: Map<string, Tensor>, name: string, tensor: Tensor): void {
  if (initializers.has(name))
    throw new ModelError(`two weights or constants are called '${name}'; names must be unique, export the model again`);
  initializers.set(name, tensor);
}

function valueInfo(proto: ValueInfoProto): ValueInfo {
  const tensor = proto.type?.value.case === "tensorType" ? proto.type.value.value : undefined;
  if (!tensor?.shape) return { name: proto.name };
  if (tensor.shape.dim.length > bounds.axes) throw tooMany(`axes at '${proto.name}'`, bounds.axes);
  const shape = tensor.shape.dim.map((d, axis): Dim => {
    // Some exporters write -1 for a size that is free.
    if (d.value.case === "dimValue" && d.value.value >= 0n) return declaredSize(proto.name, d.value.value);
    return d.value.case === "dimParam" && d.value.value !== "" ? d.value.value : `${proto.name}.${axis}`;
  });
  return { name: proto.name, type: { dtype: dataTypeOf(tensor.elemType), shape } };
}

/** @throws {ModelError} if no axis can be so long */
function declaredSize(name: string, size: bigint): number {
  if (size <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(size);
  throw new ModelError(`'${name}' is declared with an axis of ${size} elements; export the model again`);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
