/** An input of a model. */
export interface ModelInput {
  readonly name: string;
  /** How many dimensions it has; undefined where the model says nothing of it. */
  readonly rank: number | undefined;
}

/**
 * A model's inputs, without reading anything else of it: fields of protocol buffers are passed over by their lengths. Empty
 * of what is no model: what is wrong with it is said where it is opened.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto ModelProto.graph = 7, GraphProto.input = 11, ValueInfoProto.name = 1,
 *   .type = 2, TypeProto.tensor_type = 1, Tensor.shape = 2, TensorShapeProto.dim = 1
 */
export function inputsIn(model: Uint8Array): ModelInput[] {
  return ofModel(() =>
    fields(model, 7).flatMap((graph) =>
      fields(graph, 11).map((input) => {
        const tensors = fields(input, 2).flatMap((type) => fields(type, 1));
        const [shape] = tensors.flatMap((tensor) => fields(tensor, 2));
        return { name: textOf(input, 1), rank: shape && fields(shape, 1).length };
      }),
    ),
  );
}

/**
 * The files beside a model that it keeps weights in, by the names that it has for them, read in the same way.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto GraphProto.initializer = 5, TensorProto.external_data = 13,
 * StringStringEntryProto.key = 1 and value = 2
 */
export function externalNamesIn(model: Uint8Array): string[] {
  const entries = ofModel(() =>
    fields(model, 7)
      .flatMap((graph) => fields(graph, 5))
      .flatMap((tensor) => fields(tensor, 13))
      .map((entry) => [textOf(entry, 1), textOf(entry, 2)] as const),
  );
  return [...new Set(entries.flatMap(([key, value]) => (key === "location" ? [value] : [])))];
}

function ofModel<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [];
  }
}

/** Empty where there is none. */
function textOf(message: Uint8Array, field: number): string {
  const [bytes] = fields(message, field);
  return bytes ? new TextDecoder().decode(bytes) : "";
}

/** The bytes of every field of a number in a message. @throws {RangeError} if it is none */
function fields(message: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined || scale > 2 ** 63) throw new RangeError("a message ends in a number");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const type = key % 8;
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const length = varint();
      if (Math.floor(key / 8) === wanted) found.push(message.subarray(at, at + length));
      at += length;
    } else throw new RangeError(`a field of type ${type}`);
    if (at > message.length) throw new RangeError("a field ends behind its message");
  }
  return found;
}
