import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as Kind,
  GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  type AttributeProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "../gen/onnx_pb.js";
import { ModelError } from "../graph/errors.js";
import { Float, Floats, type Attribute, type Graph, type Model, type Node, type ValueInfo } from "../graph/model.js";
import { toInt64, type Tensor } from "../graph/tensor.js";
import { protoOf } from "./data-types.js";
import { largestFile } from "./load.js";

/**
 * The model as the bytes of an ONNX file.
 * @throws {ModelError} if its weights do not fit in one, which holds 2 GiB at most.
 */
export function writeModel(model: Model): Uint8Array {
  const weights = [...model.graph.initializers.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  if (weights > largestFile)
    throw new ModelError(
      `the weights take ${(weights / 2 ** 30).toFixed(1)} GiB, an ONNX file holds 2 GiB at most; train more of them, which makes them inputs, or cut the model`,
    );
  return written(model, tensorProto);
}

/** A file of external data: what it is called in the model, and its content. */
export interface WeightFile {
  readonly path: string;
  readonly data: Uint8Array;
}

/** Smaller tensors stay in the model: shapes are among them, which the runtime wants there. */
const smallestBeside = 4096;

/**
 * The model as the bytes of an ONNX file without its larger weights, and these as files beside it, one each: the model's own memory,
 * no copies. So written it may be larger than 2 GiB.
 */
export function writeWithWeightsBeside(model: Model): { readonly bytes: Uint8Array; readonly beside: WeightFile[] } {
  const beside: WeightFile[] = [];
  const bytes = written(model, (tensor, name) => {
    if (tensor.data.byteLength < smallestBeside) return tensorProto(tensor, name);
    const path = String(beside.length);
    beside.push({ path, data: bytesOf(tensor) });
    return {
      ...withoutData(tensor, name),
      dataLocation: DataLocation.EXTERNAL,
      externalData: [{ key: "location", value: path }],
    };
  });
  return { bytes, beside };
}

type Initializer = (tensor: Tensor, name: string) => MessageInitShape<typeof TensorProtoSchema>;

function written(model: Model, initializer: Initializer): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: BigInt(model.irVersion),
      producerName: model.producer,
      opsetImport: [...model.opsets].map(([domain, version]) => ({ domain, version: BigInt(version) })),
      metadataProps: [...model.metadata].map(([key, value]) => ({ key, value })),
      graph: graphProto(model.graph, initializer),
    }),
  );
}

function graphProto(graph: Graph, initializer: Initializer): MessageInitShape<typeof GraphProtoSchema> {
  return {
    name: graph.name,
    node: withNamesApart(graph.nodes).map(nodeProto),
    input: graph.inputs.map(valueInfoProto),
    output: graph.outputs.map(valueInfoProto),
    initializer: [...graph.initializers].map(([name, tensor]) => initializer(tensor, name)),
  };
}

/** Nodes need no name, but the runtime refuses two of one name: the second has none. */
function withNamesApart(nodes: readonly Node[]): readonly Node[] {
  const seen = new Set<string>();
  return nodes.map((node) => {
    if (seen.has(node.name)) return { ...node, name: "" };
    seen.add(node.name);
    return node;
  });
}

function nodeProto(node: Node): MessageInitShape<typeof NodeProtoSchema> {
  return {
    name: node.name,
    opType: node.opType,
    domain: node.domain,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, value]) => attributeProto(name, value)),
  };
}

function attributeProto(name: string, value: Attribute): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === "number") return { name, type: Kind.INT, i: toInt64(value) };
  if (typeof value === "string") return { name, type: Kind.STRING, s: bytes(value) };
  if (value instanceof Float) return { name, type: Kind.FLOAT, f: value.value };
  if (value instanceof Floats) return { name, type: Kind.FLOATS, floats: [...value.values] };
  if (Array.isArray(value))
    return value.every((v) => typeof v === "string") && value.length > 0
      ? { name, type: Kind.STRINGS, strings: value.map(bytes) }
      : { name, type: Kind.INTS, ints: (value as number[]).map(toInt64) };
  if ("nodes" in value) return { name, type: Kind.GRAPH, g: create(GraphProtoSchema, graphProto(value, tensorProto)) };
  return { name, type: Kind.TENSOR, t: tensorProto(value as Tensor, "") };
}

function tensorProto(tensor: Tensor, name: string): MessageInitShape<typeof TensorProtoSchema> {
  return { ...withoutData(tensor, name), rawData: bytesOf(tensor) };
}

function withoutData({ shape, dtype }: Tensor, name: string) {
  return { name, dims: shape.map(BigInt), dataType: protoOf(dtype) };
}

function bytesOf({ data: { buffer, byteOffset, byteLength } }: Tensor): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

function valueInfoProto(value: ValueInfo): MessageInitShape<typeof ValueInfoProtoSchema> {
  if (!value.type) return { name: value.name };
  const dim = value.type.shape.map((d) =>
    typeof d === "number"
      ? { value: { case: "dimValue" as const, value: BigInt(d) } }
      : { value: { case: "dimParam" as const, value: d } },
  );
  return {
    name: value.name,
    type: { value: { case: "tensorType", value: { elemType: protoOf(value.type.dtype), shape: { dim } } } },
  };
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}
