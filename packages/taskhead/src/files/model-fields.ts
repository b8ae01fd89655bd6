import type { Dim, Shape } from "@taskhead/autograd";

/** An input of a model. */
export interface ModelInput {
  readonly name: string;
  /** Its dimensions, those that are free by their names; undefined where the model says nothing of them. */
  readonly shape: Shape | undefined;
  /** Whether it is of whole numbers as tokens are, int32 or int64. */
  readonly whole: boolean;
}

/** The bytes of a model, wherever they are. */
export interface ModelBytes {
  readonly size: number;
  /** Some bytes from a place on, one at least before the end. */
  from(place: number): Uint8Array;
  /** All of a part. */
  part(from: number, to: number): Uint8Array;
}

/** Bytes that are in memory. */
export function inMemory(bytes: Uint8Array): ModelBytes {
  return {
    size: bytes.length,
    from: (place) => bytes.subarray(place),
    part: (from, to) => bytes.subarray(from, to),
  };
}

/**
 * A model's inputs, without its weights: fields of protocol buffers are passed over by their lengths. Empty of what is no model: what
 * is wrong with it is said where it is opened.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto ModelProto.graph = 7, GraphProto.initializer = 5 and .input = 11,
 *   TensorProto.name = 8, ValueInfoProto.name = 1, .type = 2, TypeProto.tensor_type = 1, Tensor.elem_type = 1 (INT32 = 6, INT64 = 7)
 *   and .shape = 2, TensorShapeProto.dim = 1, Dimension.dim_value = 1 and .dim_param = 2
 */
export function inputsIn(model: ModelBytes): ModelInput[] {
  return reading(model, (messages) =>
    messages.fields(messages.whole, 7).flatMap((graph) => {
      // Older exports list the weights as inputs, too.
      const weights = new Set(messages.fields(graph, 5).map((tensor) => messages.text(tensor, 8)));
      const inputs = messages.fields(graph, 11).map((input): ModelInput => {
        const tensors = messages.fields(input, 2).flatMap((type) => messages.fields(type, 1));
        const [shape] = tensors.flatMap((tensor) => messages.fields(tensor, 2));
        return {
          name: messages.text(input, 1),
          shape: shape && messages.fields(shape, 1).map((dim, axis) => sizeIn(messages, dim) ?? `axis ${axis}`),
          whole: tensors.some((tensor) => [6, 7].includes(messages.number(tensor, 1) ?? 0)),
        };
      });
      return inputs.filter(({ name }) => !weights.has(name));
    }),
  );
}

/** A dimension: its size, or the name of one that is free, which some exporters write as -1. */
function sizeIn(messages: Messages, dim: Range): Dim | undefined {
  const size = messages.number(dim, 1);
  return size !== undefined && Number.isSafeInteger(size) ? size : messages.text(dim, 2) || undefined;
}

/**
 * The files beside a model that it keeps weights in, by the names that it has for them, read in the same way.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto GraphProto.node = 1 and initializer = 5, NodeProto.attribute = 5,
 *   AttributeProto.t = 5, .g = 6, .tensors = 10 and .graphs = 11, TensorProto.external_data = 13, StringStringEntryProto.key = 1 and
 *   .value = 2
 */
export function externalNamesIn(model: ModelBytes): string[] {
  return reading(model, (messages) => {
    const tensorsOf = (graph: Range): Range[] => {
      const attributes = messages.fields(graph, 1).flatMap((node) => messages.fields(node, 5));
      const of = (...numbers: number[]) => attributes.flatMap((one) => numbers.flatMap((n) => messages.fields(one, n)));
      return [...messages.fields(graph, 5), ...of(5, 10), ...of(6, 11).flatMap(tensorsOf)];
    };
    const entries = messages
      .fields(messages.whole, 7)
      .flatMap(tensorsOf)
      .flatMap((tensor) => messages.fields(tensor, 13));
    const places = entries.filter((one) => messages.text(one, 1) === "location");
    return [...new Set(places.map((one) => messages.text(one, 2)))];
  });
}

function reading<T>(model: ModelBytes, work: (messages: Messages) => T[]): T[] {
  try {
    return work(new Messages(model));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [];
  }
}

/** A part of the bytes. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** Messages of protocol buffers, of which a block is looked at at a time. */
class Messages {
  readonly whole: Range;
  readonly #bytes: ModelBytes;
  #block: Uint8Array = new Uint8Array();
  #start = 0;

  constructor(bytes: ModelBytes) {
    this.#bytes = bytes;
    this.whole = { from: 0, to: bytes.size };
  }

  /** The text of a field; empty where there is none. */
  text(message: Range, wanted: number): string {
    const [first] = this.fields(message, wanted);
    return first ? new TextDecoder().decode(this.#bytes.part(first.from, first.to)) : "";
  }

  /** The number of a field; undefined where there is none. */
  number(message: Range, wanted: number): number | undefined {
    return this.#read(message, wanted).numbers.at(-1);
  }

  /** Where every field of a number is in a message. @throws {RangeError} if it is none */
  fields(message: Range, wanted: number): Range[] {
    return this.#read(message, wanted).ranges;
  }

  /** The fields of a number: those that are numbers themselves, and where the others are. */
  #read(message: Range, wanted: number): { numbers: number[]; ranges: Range[] } {
    const [numbers, ranges]: [number[], Range[]] = [[], []];
    let at = message.from;
    const varint = (): number => {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        if (at >= message.to || scale > 2 ** 63) throw new RangeError("a message ends in a number");
        const byte = this.#byte(at++);
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
    };
    while (at < message.to) {
      const key = varint();
      const type = key % 8;
      const own = Math.floor(key / 8) === wanted;
      if (type === 0) {
        const value = varint();
        if (own) numbers.push(value);
      } else if (type === 1) at += 8;
      else if (type === 5) at += 4;
      else if (type === 2) {
        const length = varint();
        if (own) ranges.push({ from: at, to: at + length });
        at += length;
      } else throw new RangeError(`a field of type ${type}`);
      if (at > message.to) throw new RangeError("a field ends behind its message");
    }
    return { numbers, ranges };
  }

  #byte(at: number): number {
    if (at < this.#start || at >= this.#start + this.#block.length) {
      this.#block = this.#bytes.from(at);
      this.#start = at;
      if (this.#block.length === 0) throw new RangeError("the bytes end in a message");
    }
    return this.#block[at - this.#start]!;
  }
}
