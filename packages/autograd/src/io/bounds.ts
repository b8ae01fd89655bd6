import { ScalarType, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { AttributeProtoSchema, ModelProtoSchema, NodeProtoSchema, TensorProtoSchema } from "../gen/onnx_pb.js";
import { OutsizeError } from "../graph/errors.js";

/**
 * What a model may hold. A file of a few megabytes can claim gigabytes: such a one is refused before memory is taken for it.
 * Public models stay far below: the largest exports have some 40,000 nodes in 800,000 messages.
 */
export const bounds = {
  /** Nodes, with those in subgraphs and those that calls of functions become. */
  nodes: 2 ** 16,
  /** Protobuf messages and texts, each an object of about 200 bytes. */
  parts: 2 ** 21,
  /** Numbers written one by one, not as raw bytes, at 8 bytes each: old exporters keep their weights so. */
  numbers: 2 ** 26,
  /** The same of 64-bit ones, which take 32 bytes and are sizes and indices. */
  integers: 2 ** 23,
  /** How deep messages lie in one another; a subgraph is three deeper than the graph of its node. */
  depth: 48,
  /** Inputs, or outputs, of one node. */
  operands: 2 ** 15,
  /** Bytes of a name. Names become parts of others. */
  name: 2 ** 12,
  /** Calls of functions, and letters of the names in what they become. */
  calls: 20_000,
  letters: 2 ** 26,
  /** Axes of a tensor. */
  axes: 64,
} as const;

/**
 * Reads the protobuf without making anything of it.
 * @throws {OutsizeError} if what it would make goes beyond the bounds; what is no protobuf is left to who parses it
 */
export function requireBounds(bytes: Uint8Array): void {
  const spent: Spent = { nodes: 0, parts: 0, numbers: 0, integers: 0 };
  try {
    walk(new BinaryReader(bytes), bytes.length, ModelProtoSchema, spent, 1);
  } catch (error) {
    if (error instanceof OutsizeError) throw error;
  }
}

type Spent = Record<"nodes" | "parts" | "numbers" | "integers", number>;

const words: Readonly<Record<keyof Spent, string>> = {
  nodes: "nodes",
  parts: "parts (nodes, attributes, names)",
  numbers: "numbers outside of raw data",
  integers: "64-bit numbers outside of raw data",
};

function spend(spent: Spent, what: keyof Spent, count: number): void {
  spent[what] += count;
  if (spent[what] > bounds[what]) throw tooMany(words[what], bounds[what]);
}

/** What to say of a model that has more of something than `most`. */
export function tooMany(what: string, most: number): OutsizeError {
  return new OutsizeError(
    `the model has more than ${most.toLocaleString("en")} ${what}, which no real model has; export it again, or simplify it`,
  );
}

function walk(reader: BinaryReader, end: number, type: DescMessage, spent: Spent, depth: number): void {
  if (depth > bounds.depth)
    throw new OutsizeError("the model's subgraphs lie too deep in one another; export the model without them");
  spend(spent, "parts", 1);
  const isNode = type === NodeProtoSchema;
  if (isNode) spend(spent, "nodes", 1);
  const fields = fieldsOf(type);
  let [inputs, outputs] = [0, 0];
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    const field = fields.get(number);
    if (field?.message && wire === WireType.LengthDelimited) {
      const length = reader.uint32();
      walk(reader, reader.pos + length, field.message, spent, depth + 1);
      continue;
    }
    const from = reader.pos;
    reader.skip(wire, number);
    if (!field) continue;
    if (field.isName && reader.pos - from > bounds.name) throw tooMany("letters in a name", bounds.name);
    if (!field.list) continue;
    const packed = wire === WireType.LengthDelimited;
    spend(spent, field.list.what, packed ? Math.max(1, Math.ceil((reader.pos - from) / field.list.bytes)) : 1);
    if (isNode && (number === 1 ? ++inputs : number === 2 ? ++outputs : 0) > bounds.operands)
      throw tooMany("inputs or outputs at one node", bounds.operands);
  }
}

/** What the walk has to know of a field. */
interface Field {
  readonly message: DescMessage | undefined;
  /** Of a node or a value; texts that only people read may be long. */
  readonly isName: boolean;
  /** Of a list that holds no messages: what its elements are, and how many bytes they take at least where they are packed. */
  readonly list: { readonly what: keyof Spent; readonly bytes: number } | undefined;
}

const read = new Map<DescMessage, ReadonlyMap<number, Field>>();

function fieldsOf(type: DescMessage): ReadonlyMap<number, Field> {
  let fields = read.get(type);
  if (!fields) read.set(type, (fields = new Map(type.fields.map((field) => [field.number, fieldOf(type, field)]))));
  return fields;
}

function fieldOf(type: DescMessage, field: DescField): Field {
  return {
    message: field.message,
    isName:
      (type === NodeProtoSchema && /^(name|input|output|op_type|domain|overload)$/.test(field.name)) ||
      ((type === TensorProtoSchema || type === AttributeProtoSchema) && field.name === "name"),
    list: field.fieldKind === "list" && field.listKind === "scalar" ? elements(field.scalar) : undefined,
  };
}

function elements(type: ScalarType): Field["list"] {
  switch (type) {
    case ScalarType.FLOAT:
      return { what: "numbers", bytes: 4 };
    case ScalarType.DOUBLE:
      return { what: "numbers", bytes: 8 };
    case ScalarType.INT32:
      return { what: "numbers", bytes: 1 };
    case ScalarType.STRING:
    case ScalarType.BYTES:
      // One text, whatever its length.
      return { what: "parts", bytes: Infinity };
    default:
      return { what: "integers", bytes: 1 };
  }
}
