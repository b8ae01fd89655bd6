import { ModelError, OutsizeError } from "../graph/errors.js";
import { TensorProto_DataLocation, TensorProto_DataType as Proto, type TensorProto } from "../gen/onnx_pb.js";
import { bfloat16ToFloat32, float16ToFloat32, sizeOf, type Tensor, type TypedArray } from "../graph/tensor.js";
import { bounds, tooMany } from "./bounds.js";
import { dataTypeOf } from "./data-types.js";

/**
 * Reads a file beside the model: `length` bytes from `offset` on, or fewer if the file ends before. The path is relative
 * to the model's folder and never leads out of it.
 */
export type ExternalData = (path: string, offset: number, length: number) => Uint8Array;

interface Layout {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): TypedArray;
  from(elements: ArrayLike<number | bigint>): TypedArray;
}

/** How the elements of each type lie in a file. */
const layouts = new Map<Proto, Layout>([
  [Proto.FLOAT, Float32Array],
  [Proto.DOUBLE, Float64Array],
  [Proto.FLOAT16, Uint16Array],
  [Proto.BFLOAT16, Uint16Array],
  [Proto.INT64, BigInt64Array],
  [Proto.INT32, Int32Array],
  [Proto.INT8, Int8Array],
  [Proto.UINT8, Uint8Array],
  [Proto.BOOL, Uint8Array],
]);

/** Weights are trained, and run, in single precision. */
const widened = new Map<Proto, (bits: ArrayLike<number>) => Float32Array>([
  [Proto.FLOAT16, float16ToFloat32],
  [Proto.BFLOAT16, bfloat16ToFloat32],
]);

/** @throws {ModelError} if the data is not what type and shape want, or cannot be had. */
export function loadTensor(proto: TensorProto, external: ExternalData | undefined): Tensor {
  const layout = layouts.get(proto.dataType);
  if (!layout) throw unsupportedType(proto);
  if (proto.dims.length > bounds.axes) throw tooMany(`axes at tensor '${proto.name}'`, bounds.axes);
  const shape = proto.dims.map(Number);
  const size = sizeOf(shape);
  if (!shape.every((d) => d >= 0) || !Number.isSafeInteger(size))
    throw new ModelError(`tensor '${proto.name}' has the impossible shape [${shape.join(", ")}]; fetch the file again`);
  const isExternal = proto.dataLocation === TensorProto_DataLocation.EXTERNAL;
  const bytes = isExternal ? externalData(proto, size * layout.BYTES_PER_ELEMENT, external) : proto.rawData;
  const data = bytes.length > 0 ? fromBytes(proto, layout, bytes, size) : fromList(proto, layout, size);
  return { dtype: dataTypeOf(proto.dataType), shape, data: widened.get(proto.dataType)?.(data as Uint16Array) ?? data };
}

/** ONNX stores raw data little-endian, as every machine that runs JavaScript here does; a copy aligns it. */
function fromBytes(proto: TensorProto, layout: Layout, bytes: Uint8Array, size: number): TypedArray {
  if (bytes.length !== size * layout.BYTES_PER_ELEMENT)
    throw new ModelError(
      `tensor '${proto.name}' holds ${bytes.length} bytes where its shape wants ${size * layout.BYTES_PER_ELEMENT}; fetch the file again`,
    );
  return new layout(new Uint8Array(bytes).buffer);
}

function fromList(proto: TensorProto, layout: Layout, size: number): TypedArray {
  const elements = listed(proto);
  if (elements.length !== size)
    throw new ModelError(
      `tensor '${proto.name}' has ${elements.length} elements where its shape wants ${size}; fetch the file again`,
    );
  return layout.from(elements);
}

function listed(proto: TensorProto): readonly number[] | readonly bigint[] {
  switch (proto.dataType) {
    case Proto.FLOAT:
      return proto.floatData;
    case Proto.DOUBLE:
      return proto.doubleData;
    case Proto.INT64:
      return proto.int64Data;
    default:
      return proto.int32Data;
  }
}

/** Bytes of weights in files beside the model, and how much of those files they lie in. */
const [mostOverlapping, mostTimes] = [2 ** 28, 4];

/**
 * Sums up what tensors claim of the files beside the model, before any is read.
 * @throws {ModelError} if that is more than one ONNX file holds, as which the runtime gets them all, or if large tensors
 * share their bytes many times over, with which a small file claims gigabytes
 */
export function requireExternalBounds(protos: readonly TensorProto[], most: number): void {
  const ends = new Map<string, number>();
  let total = 0;
  for (const proto of protos) {
    const layout = layouts.get(proto.dataType);
    if (proto.dataLocation !== TensorProto_DataLocation.EXTERNAL || !layout) continue;
    const entry = (key: string) => proto.externalData.find((e) => e.key === key)?.value ?? "";
    const bytes = sizeOf(proto.dims.map(Number)) * layout.BYTES_PER_ELEMENT;
    total += bytes;
    const path = entry("location");
    ends.set(path, Math.max(ends.get(path) ?? 0, Number(entry("offset")) + bytes));
  }
  if (total > most)
    throw new OutsizeError(
      `the model's weights take ${(total / 2 ** 30).toFixed(1)} GiB, but the runtime gets them as one ONNX file, which holds 2 GiB at most; take a smaller model`,
    );
  const held = [...ends.values()].reduce((sum, end) => sum + end, 0);
  if (total > mostOverlapping && total > mostTimes * held)
    throw new OutsizeError(
      `the model's weights take ${Math.round(total / 2 ** 20)} MiB of files of ${Math.round(held / 2 ** 20)} MiB: they lie upon one another; export the model again`,
    );
}

/** Whether a path, of a file beside a model, is none, or leads out of the model's folder. */
export function leadsOutside(path: string): boolean {
  return path === "" || /^([/\\]|[A-Za-z]:)|\0/.test(path) || path.split(/[/\\]/).includes("..");
}

function externalData(proto: TensorProto, wanted: number, external: ExternalData | undefined): Uint8Array {
  const entry = (key: string) => proto.externalData.find((e) => e.key === key)?.value;
  const what = `tensor '${proto.name}'`;
  const path = entry("location") ?? "";
  if (leadsOutside(path))
    throw new ModelError(`${what} keeps its data in '${path}', outside the model's folder; such a path is refused`);
  const [offset, length] = [Number(entry("offset") ?? 0), Number(entry("length") ?? wanted)];
  if (!Number.isSafeInteger(offset) || offset < 0 || length !== wanted)
    throw new ModelError(
      `${what} wants ${entry("length") ?? wanted} bytes from ${entry("offset") ?? 0} on in '${path}' where its shape wants ${wanted}; export the model again`,
    );
  if (!external)
    throw new ModelError(
      `${what} keeps its data in '${path}'; load the model with that file at hand (option \`external\`)`,
    );
  const bytes = read(what, path, () => external(path, offset, length));
  if (bytes.length !== length)
    throw new ModelError(
      bytes.length < length
        ? `${what} lies beyond the end of '${path}'; fetch that file again`
        : `the option \`external\` gave ${bytes.length} bytes of '${path}' where ${length} from ${offset} on were asked for`,
    );
  return bytes;
}

function read(what: string, path: string, from: () => Uint8Array): Uint8Array {
  try {
    return from();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ModelError(
      `${what} keeps its data in '${path}', which cannot be read: ${reason}; put that file where the model is`,
      { cause: error },
    );
  }
}

function unsupportedType({ name, dataType }: TensorProto): ModelError {
  const type = Proto[dataType] ?? dataType;
  return new ModelError(
    /^(U?INT[24]|FLOAT[468].*)$/.test(String(type))
      ? `tensor '${name}' holds ${type} numbers, the model is quantised; use the unquantised file (often model.onnx instead of model_quantized.onnx or model_q4.onnx)`
      : `tensor '${name}' holds elements of type ${type}, which is not supported; export the model without it`,
  );
}
