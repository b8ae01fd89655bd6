import { fromBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType as Proto,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../gen/onnx_pb.js";
import { ModelError } from "../errors.js";
import { Float, Floats, type Attribute, type Graph, type Model, type Node, type ValueInfo } from "../graph/model.js";
import {
  bfloat16ToNumber,
  float16ToNumber,
  sizeOf,
  tensorOf,
  type DataType,
  type Dim,
  type Tensor,
} from "../graph/tensor.js";
import { dataTypeOf } from "./data-types.js";
import { inlineFunctions } from "./inline-functions.js";

export interface LoadOptions {
  /**
   * The bytes of a file beside the model, for weights kept outside of it. The path is relative to the model's folder and
   * never leads out of it.
   */
  readonly external?: (path: string) => Uint8Array;
}

/**
 * Reads an ONNX file. Local functions are inlined; float16 and bfloat16 become float32.
 * @throws {ModelError} if the bytes are not a whole ONNX model, or hold something the library cannot represent.
 */
export function loadModel(bytes: Uint8Array, { external }: LoadOptions = {}): Model {
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
    graph: new GraphReader(external).graph(proto.graph, inlineFunctions(proto)),
    producer: proto.producerName,
    metadata: new Map(proto.metadataProps.map((p) => [p.key, p.value])),
  };
}

/** Reads graphs and their tensors; an external file is fetched once. */
class GraphReader {
  private readonly files = new Map<string, Uint8Array>();

  constructor(private readonly external: LoadOptions["external"]) {}

  graph(proto: GraphProto, nodes: readonly NodeProto[] = proto.node): Graph {
    const initializers = new Map(proto.initializer.map((t) => [t.name, this.tensor(t)]));
    return {
      name: proto.name,
      // Old exporters list the weights among the inputs as well.
      inputs: proto.input.filter((v) => !initializers.has(v.name)).map(readValueInfo),
      outputs: proto.output.map(readValueInfo),
      nodes: nodes.map((n) => this.node(n)),
      initializers,
    };
  }

  private node(proto: NodeProto): Node {
    return {
      name: proto.name,
      opType: proto.opType,
      domain: proto.domain === "ai.onnx" ? "" : proto.domain,
      inputs: proto.input,
      outputs: proto.output,
      attributes: Object.fromEntries(proto.attribute.map((a) => [a.name, this.attribute(a)])),
    };
  }

  private attribute(proto: AttributeProto): Attribute {
    switch (proto.type) {
      case Kind.FLOAT:
        return new Float(proto.f);
      case Kind.INT:
        return Number(proto.i);
      case Kind.STRING:
        return text(proto.s);
      case Kind.TENSOR:
        return this.tensor(proto.t!);
      case Kind.GRAPH:
        return this.graph(proto.g!);
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

  private tensor(proto: TensorProto): Tensor {
    const raw = proto.dataLocation === TensorProto_DataLocation.EXTERNAL ? this.externalData(proto) : proto.rawData;
    return readTensor(proto, raw);
  }

  private externalData(proto: TensorProto): Uint8Array {
    const entry = (key: string) => proto.externalData.find((e) => e.key === key)?.value;
    const path = entry("location") ?? "";
    if (path === "" || /^([/\\]|[A-Za-z]:)/.test(path) || path.split(/[/\\]/).includes(".."))
      throw new ModelError(
        `tensor '${proto.name}' keeps its data in '${path}', outside the model's folder; such a path is refused`,
      );
    if (!this.external)
      throw new ModelError(
        `tensor '${proto.name}' keeps its data in '${path}'; read the model with the file at hand (option external)`,
      );
    let file = this.files.get(path);
    if (!file) this.files.set(path, (file = this.external(path)));
    const offset = Number(entry("offset") ?? 0);
    const length = Number(entry("length") ?? file.length - offset);
    if (offset + length > file.length)
      throw new ModelError(`tensor '${proto.name}' lies beyond the end of '${path}'; fetch that file again`);
    return file.subarray(offset, offset + length);
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

const halfPrecision = new Map<number, (bits: number) => number>([
  [Proto.FLOAT16, float16ToNumber],
  [Proto.BFLOAT16, bfloat16ToNumber],
]);

function readTensor(proto: TensorProto, raw: Uint8Array): Tensor {
  const dtype = dataTypeOf(proto.dataType);
  const shape = proto.dims.map(Number);
  const toNumber = halfPrecision.get(proto.dataType);
  if (toNumber) {
    const bits = raw.length > 0 ? typedArray(proto.name, Uint16Array, raw, sizeOf(shape)) : proto.int32Data;
    return tensorOf("float32", shape, elements(proto, Array.from(bits, toNumber), sizeOf(shape)));
  }
  if (raw.length > 0) return { dtype, shape, data: typedArray(proto.name, arrayOf(proto, dtype), raw, sizeOf(shape)) };
  const values =
    dtype === "float32"
      ? proto.floatData
      : dtype === "float64"
        ? proto.doubleData
        : dtype === "int64"
          ? proto.int64Data.map(Number)
          : proto.int32Data;
  arrayOf(proto, dtype);
  return tensorOf(dtype, shape, elements(proto, values, sizeOf(shape)));
}

function elements(proto: TensorProto, values: number[], size: number): number[] {
  if (values.length !== size)
    throw new ModelError(`tensor '${proto.name}' has ${values.length} elements where its shape wants ${size}`);
  return values;
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

type ArrayType = (typeof arrays)[keyof typeof arrays];

function arrayOf(proto: TensorProto, dtype: DataType): ArrayType {
  if (dtype === "string" || dtype === "other")
    throw new ModelError(`tensor '${proto.name}' has an element type (${proto.dataType}) that is not supported`);
  return arrays[dtype];
}

/** ONNX stores raw data little-endian, as every machine that runs JavaScript here does; a copy aligns it. */
function typedArray<A extends ArrayType>(name: string, Elements: A, raw: Uint8Array, size: number): InstanceType<A> {
  if (raw.length !== size * Elements.BYTES_PER_ELEMENT)
    throw new ModelError(
      `tensor '${name}' holds ${raw.length} bytes where its shape wants ${size * Elements.BYTES_PER_ELEMENT}`,
    );
  const copy = new Uint8Array(raw);
  return new Elements(copy.buffer, copy.byteOffset, size) as InstanceType<A>;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
