import { ModelError } from "../graph/errors.js";
import { TensorProto_DataType as Proto } from "../gen/onnx_pb.js";
import type { DataType } from "../graph/tensor.js";

const pairs: readonly (readonly [Proto, DataType])[] = [
  [Proto.FLOAT, "float32"],
  [Proto.DOUBLE, "float64"],
  [Proto.FLOAT16, "float16"],
  [Proto.INT64, "int64"],
  [Proto.INT32, "int32"],
  [Proto.INT8, "int8"],
  [Proto.UINT8, "uint8"],
  [Proto.BOOL, "bool"],
  [Proto.STRING, "string"],
];

/** Half-precision types are read as float32: weights are trained, and run, in single precision. */
const halves = new Map<number, DataType>([
  [Proto.FLOAT16, "float32"],
  [Proto.BFLOAT16, "float32"],
]);

const fromProto = new Map<number, DataType>([...pairs, ...halves]);
const toProto = new Map<DataType, Proto>(pairs.map(([proto, dtype]) => [dtype, proto]));

export function dataTypeOf(proto: number): DataType {
  return fromProto.get(proto) ?? "other";
}

/** ONNX's number for a type, as the `to` of a Cast wants it. */
export function protoOf(dtype: DataType): number {
  const proto = toProto.get(dtype);
  if (proto === undefined)
    throw new ModelError(`elements of type '${dtype}' are not supported; export the model without them`);
  return proto;
}
