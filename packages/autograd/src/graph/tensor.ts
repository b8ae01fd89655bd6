/** The element types that the library computes with; the names are ONNX Runtime's. */
export type DataType =
  "float32" | "float64" | "int64" | "int32" | "uint8" | "int8" | "bool" | "float16" | "string" | "other";

/** What is known of a value before anything runs: its element type and its dimensions. */
export interface TensorType {
  readonly dtype: DataType;
  readonly shape: Shape;
}

/** A dimension: a number, or a symbolic expression such as `batch` or `12*batch` (see dims.ts). */
export type Dim = number | string;

/** A tensor's dimensions, outermost first; `[]` is a scalar. */
export type Shape = readonly Dim[];

export type TypedArray =
  Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array | Int8Array | Uint16Array;

/** A dense constant: row-major `data` of `shape`. Booleans are bytes, float16 its bit patterns. */
export interface Tensor {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** How many elements a tensor of that shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, d) => product * d, 1);
}

/** float32 data; `shape` defaults to one axis. */
export function float32(data: ArrayLike<number>, shape: readonly number[] = [data.length]): Tensor {
  return checked({ dtype: "float32", shape, data: data instanceof Float32Array ? data : Float32Array.from(data) });
}

/** int64 data, given as ordinary numbers; `shape` defaults to one axis. */
export function int64(data: readonly number[], shape: readonly number[] = [data.length]): Tensor {
  return checked({ dtype: "int64", shape, data: BigInt64Array.from(data, toInt64) });
}

/** The largest int64, which exporters write for "to the end", is no double: 2⁶³ would wrap around to a negative number. */
export function toInt64(value: number): bigint {
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  return value < -(2 ** 63) ? -(2n ** 63n) : BigInt(value);
}

/** The elements as numbers, whatever the type. Meant for small tensors: axes, sizes, scalars. */
export function numbersOf(tensor: Tensor): number[] {
  if (tensor.dtype === "float16") return Array.from(tensor.data as Uint16Array, float16ToNumber);
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

/** A constant of any numeric type from ordinary numbers. */
export function tensorOf(dtype: DataType, shape: readonly number[], values: readonly number[]): Tensor {
  switch (dtype) {
    case "float32":
      return float32(values, shape);
    case "float64":
      return checked({ dtype, shape, data: Float64Array.from(values) });
    case "int64":
      return int64(values, shape);
    case "int32":
      return checked({ dtype, shape, data: Int32Array.from(values) });
    case "int8":
      return checked({ dtype, shape, data: Int8Array.from(values) });
    case "uint8":
    case "bool":
      return checked({ dtype, shape, data: Uint8Array.from(values) });
    default:
      throw new Error(`cannot make a ${dtype} constant`);
  }
}

/** The value of an IEEE half given by its bits. */
function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** IEEE halves, given by their bits, in single precision. */
export function float16ToFloat32(bits: ArrayLike<number>): Float32Array {
  return Float32Array.from(bits, float16ToNumber);
}

/** A bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(bits: ArrayLike<number>): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (b) => b << 16).buffer);
}

function checked(tensor: Tensor): Tensor {
  if (sizeOf(tensor.shape) !== tensor.data.length)
    throw new Error(`a tensor of shape [${tensor.shape.join(", ")}] cannot hold ${tensor.data.length} elements`);
  return tensor;
}
