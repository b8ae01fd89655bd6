import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** An input of a model. */
export interface ModelInput {
  readonly name: string;
  /** How many dimensions it has; undefined where the model says nothing of it. */
  readonly rank: number | undefined;
}

/** A part of a file. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * A model's inputs, without reading anything else of it: fields of protocol buffers are passed over by their lengths. Empty
 * where the file cannot be read or is no model: what is wrong with it is said where it is opened.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto ModelProto.graph = 7, GraphProto.input = 11, ValueInfoProto.name = 1,
 *   .type = 2, TypeProto.tensor_type = 1, Tensor.shape = 2, TensorShapeProto.dim = 1
 */
export function inputsOf(path: string): ModelInput[] {
  return reading(path, (file) =>
    file.fields(file.whole, 7).flatMap((graph) =>
      file.fields(graph, 11).map((input) => {
        const tensors = file.fields(input, 2).flatMap((type) => file.fields(type, 1));
        const [shape] = tensors.flatMap((tensor) => file.fields(tensor, 2));
        return { name: file.text(input, 1), rank: shape && file.fields(shape, 1).length };
      }),
    ),
  );
}

/**
 * The files beside a model that it keeps weights in, by the names that it has for them, read in the same way.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto GraphProto.node = 1 and initializer = 5, NodeProto.attribute = 5,
 *   AttributeProto.t = 5, .g = 6, .tensors = 10 and .graphs = 11, TensorProto.external_data = 13, StringStringEntryProto.key = 1 and
 *   .value = 2
 */
export function externalNamesOf(path: string): string[] {
  return reading(path, (file) => {
    const tensorsOf = (graph: Range): Range[] => {
      const attributes = file.fields(graph, 1).flatMap((node) => file.fields(node, 5));
      const of = (...numbers: number[]) => attributes.flatMap((one) => numbers.flatMap((n) => file.fields(one, n)));
      return [...file.fields(graph, 5), ...of(5, 10), ...of(6, 11).flatMap(tensorsOf)];
    };
    const entries = file
      .fields(file.whole, 7)
      .flatMap(tensorsOf)
      .flatMap((tensor) => file.fields(tensor, 13));
    return [...new Set(entries.filter((one) => file.text(one, 1) === "location").map((one) => file.text(one, 2)))];
  });
}

function reading<T>(path: string, work: (file: Messages) => T[]): T[] {
  try {
    const file = openSync(path, "r");
    try {
      return work(new Messages(file));
    } finally {
      closeSync(file);
    }
  } catch {
    return [];
  }
}

/** Read at once. */
const blockBytes = 2 ** 16;

/** Messages of protocol buffers in a file, of which a block is in memory at a time. */
class Messages {
  readonly whole: Range;
  readonly #block = Buffer.alloc(blockBytes);
  #at: Range = { from: 0, to: 0 };

  constructor(private readonly file: number) {
    this.whole = { from: 0, to: fstatSync(file).size };
  }

  /** The text of a field; empty where there is none. */
  text(message: Range, wanted: number): string {
    const [first] = this.fields(message, wanted);
    if (!first) return "";
    const bytes = Buffer.alloc(first.to - first.from);
    readSync(this.file, bytes, 0, bytes.length, first.from);
    return bytes.toString("utf8");
  }

  /** Where every field of a number is in a message. @throws {RangeError} if it is none */
  fields(message: Range, wanted: number): Range[] {
    const found: Range[] = [];
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
      if (type === 0) varint();
      else if (type === 1) at += 8;
      else if (type === 5) at += 4;
      else if (type === 2) {
        const length = varint();
        if (Math.floor(key / 8) === wanted) found.push({ from: at, to: at + length });
        at += length;
      } else throw new RangeError(`a field of type ${type}`);
      if (at > message.to) throw new RangeError("a field ends behind its message");
    }
    return found;
  }

  #byte(at: number): number {
    if (at < this.#at.from || at >= this.#at.to) {
      const read = readSync(this.file, this.#block, 0, blockBytes, at);
      this.#at = { from: at, to: at + read };
      if (read === 0) throw new RangeError("the file ends in a message");
    }
    return this.#block[at - this.#at.from]!;
  }
}
