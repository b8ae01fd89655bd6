import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** A field of a protobuf message, in wire format. */
export type Field = (writer: BinaryWriter) => unknown;

/**
 * The bytes of a protobuf message. The few that logs need are written field by field: code generated from their whole schemas
 * would be some hundred times as long.
 * @param fields in the order of their numbers, as other writers have them
 */
export function message(...fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  for (const field of fields) field(writer);
  return new Uint8Array(writer.finish());
}

export const text =
  (number: number, value: string): Field =>
  (writer) =>
    writer.tag(number, WireType.LengthDelimited).string(value);

/** A message within a message, or bytes. */
export const bytes =
  (number: number, value: Uint8Array): Field =>
  (writer) =>
    writer.tag(number, WireType.LengthDelimited).bytes(value);

export const double =
  (number: number, value: number): Field =>
  (writer) =>
    writer.tag(number, WireType.Bit64).double(value);

export const float =
  (number: number, value: number): Field =>
  (writer) =>
    writer.tag(number, WireType.Bit32).float(value);

/** A whole number, true or false, or a member of an enumeration; 0 is left out, as it is what absence means. */
export const int =
  (number: number, value: number): Field =>
  (writer) =>
    value === 0 ? writer : writer.tag(number, WireType.Varint).int64(value);

/** True or false as one of several fields of which one is set: there false has to be said. */
export const bool =
  (number: number, value: boolean): Field =>
  (writer) =>
    writer.tag(number, WireType.Varint).bool(value);
