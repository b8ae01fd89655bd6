import { fromBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  TensorProto_DataLocation,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../gen/onnx_pb.js";
import { ModelError } from "../errors.js";
import { Float, Floats, type Attribute, type Graph, type Model, type Node, type ValueInfo } from "../graph/model.js";
import { sizeOf, tensorOf, type DataType, type Dim, type Tensor, type TypedArray } from "../graph/tensor.js";
import { dataTypeOf } from "./data-types.js";

/**
 * Reads an ONNX file.
 * @throws {ModelError} if the bytes are not a whole ONNX model, or hold something the library cannot represent.
 */
export function readModel(bytes: Uint8Array): Model {
  let proto;
  try {
    proto = fromBinary(ModelProtoSchema, bytes);
  } catch {
    throw new ModelError("not an ONNX model, or a truncated one: the protobuf does not parse; fetch the file again");
  }
  if (!proto.graph || proto.graph.node.length === 0)
    throw new ModelError("not an ONNX model: the file holds no graph; give the path of an .onnx file");
  return {
    irVersion: Number(proto.irVersion),
    opsets: new Map(proto.opsetImport.map((o) => [o.domain === "ai.onnx" ? "" : o.domain, Number(o.version)])),
    graph: readGraph(proto.graph),
    producer: proto.producerName,
    metadata: new Map(proto.metadataProps.map((p) => [p.key, p.value])),
  };
}

function readGraph(proto: GraphProto): Graph {
  const initializers = new Map(proto.initializer.map((t) => [t.name, readTensor(t)]));
  return {
    name: proto.name,
    // Old exporters list the weights among the inputs as well.
    inputs: proto.input.filter((v) => !initializers.has(v.name)).map(readValueInfo),
    outputs: proto.output.map(readValueInfo),
    nodes: proto.node.map(readNode),
    initializers,
  };
}

function readNode(proto: NodeProto): Node {
  return {
    name: proto.name,
    opType: proto.opType,
    domain: proto.domain === "ai.onnx" ? "" : proto.domain,
    inputs: proto.input,
    outputs: proto.output,
    attributes: Object.fromEntries(proto.attribute.map((a) => [a.name, readAttribute(a)])),
  };
}

function readAttribute(proto: AttributeProto): Attribute {
  switch (proto.type) {
    case Kind.FLOAT:
      return new Float(proto.f);
    case Kind.INT:
      return Number(proto.i);
    case Kind.STRING:
      return text(proto.s);
    case Kind.TENSOR:
      return readTensor(proto.t!);
    case Kind.GRAPH:
      return readGraph(proto.g!);
    case Kind.FLOATS:
      return new Floats(proto.floats);
    case Kind.INTS:
      return proto.ints.map(Number);
    case Kind.STRINGS:
      return proto.strings.map(text);
    default:
      throw new ModelError(`attribute '${proto.name}' has a kind (${proto.type}) that is not supported`);
  }
}

function readValueInfo(proto: ValueInfoProto): ValueInfo {
  const tensor = proto.type?.value.case === "tensorType" ? proto.type.value.value : undefined;
  if (!tensor?.shape) return { name: proto.name };
  const shape = tensor.shape.dim.map((d, axis): Dim => {
    if (d.value.case === "dimValue") return Number(d.value.value);
    return d.value.case === "dimParam" && d.value.value !== "" ? d.value.value : `${proto.name}.${axis}`;
  });
  return { name: proto.name, type: { dtype: dataTypeOf(tensor.elemType), shape } };
}

function readTensor(proto: TensorProto): Tensor {
  const dtype = dataTypeOf(proto.dataType);
  const shape = proto.dims.map(Number);
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL)
    throw new ModelError(`tensor '${proto.name}' keeps its data in another file; save the model as one file`);
  if (proto.rawData.length > 0) return { dtype, shape, data: fromRaw(proto, dtype, sizeOf(shape)) };
  if (dtype === "float16") return { dtype, shape, data: Uint16Array.from(proto.int32Data) };
  const values =
    dtype === "float32" ? proto.floatData : dtype === "float64" ? proto.doubleData : dtype === "int64" ? proto.int64Data.map(Number) : proto.int32Data;
  if (dtype === "other" || dtype === "string" || values.length !== sizeOf(shape))
    throw new ModelError(`tensor '${proto.name}' has ${values.length} elements where its shape wants ${sizeOf(shape)}`);
  return tensorOf(dtype, shape, values);
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** ONNX stores raw data little-endian, as every machine that runs JavaScript here does; a copy aligns it. */
function fromRaw(proto: TensorProto, dtype: DataType, size: number): TypedArray {
  if (dtype === "string" || dtype === "other")
    throw new ModelError(`tensor '${proto.name}' has an element type (${proto.dataType}) that is not supported`);
  const ArrayType = arrays[dtype];
  if (proto.rawData.length !== size * ArrayType.BYTES_PER_ELEMENT)
    throw new ModelError(`tensor '${proto.name}' holds ${proto.rawData.length} bytes where its shape wants ${size * ArrayType.BYTES_PER_ELEMENT}`);
  const copy = new Uint8Array(proto.rawData);
  return new ArrayType(copy.buffer, copy.byteOffset, size) as TypedArray;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
