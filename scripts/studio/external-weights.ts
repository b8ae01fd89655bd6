/** A field of a protocol buffer: its number, its bytes with their head, and where it is one of bytes, what is in it. */
interface Field {
  readonly number: number;
  readonly whole: Uint8Array;
  readonly content?: Uint8Array;
}

/** ModelProto.graph, GraphProto.initializer, and of TensorProto: raw_data, external_data, data_location. */
const [graph, initializer, rawData, externalData, dataLocation] = [7, 5, 9, 13, 14];

/** Weights of fewer bytes stay in the model, as exporters have it. */
const fewest = 1024;

/**
 * A model with its weights in a file beside it.
 * @param name of that file
 */
export function withExternalWeights(model: Uint8Array, name: string): { model: Uint8Array; weights: Uint8Array } {
  const weights: Uint8Array[] = [];
  let at = 0;
  const outside = (tensor: Uint8Array): Uint8Array => {
    const raw = fieldsOf(tensor).find(({ number }) => number === rawData)?.content;
    if (!raw || raw.length < fewest) return tensor;
    const entries = { location: name, offset: String(at), length: String(raw.length) };
    weights.push(raw);
    at += raw.length;
    return joined([
      ...fieldsOf(tensor).flatMap(({ number, whole }) => (number === rawData ? [] : [whole])),
      ...Object.entries(entries).map(([key, value]) =>
        bytesField(externalData, joined([bytesField(1, textBytes(key)), bytesField(2, textBytes(value))])),
      ),
      joined([varint(dataLocation * 8), varint(1)]),
    ]);
  };
  return {
    model: changed(model, graph, (own) => changed(own, initializer, outside)),
    weights: joined(weights),
  };
}

function changed(message: Uint8Array, which: number, change: (content: Uint8Array) => Uint8Array): Uint8Array {
  const fields = fieldsOf(message).map(({ number, whole, content }) =>
    number === which && content ? bytesField(number, change(content)) : whole,
  );
  return joined(fields);
}

function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const from = at;
    const key = next();
    const [number, type] = [Math.floor(key / 8), key % 8];
    let content: Uint8Array | undefined;
    if (type === 0) next();
    else if (type === 2) {
      const length = next();
      content = message.subarray(at, at + length);
      at += length;
    } else at += type === 1 ? 8 : 4;
    fields.push({ number, whole: message.subarray(from, at), ...(content ? { content } : {}) });
  }
  return fields;
}

function bytesField(number: number, content: Uint8Array): Uint8Array {
  return joined([varint(number * 8 + 2), varint(content.length), content]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) + (rest < 128 ? 0 : 128));
    if (rest < 128) return Uint8Array.from(bytes);
  }
}

function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}
