import { bytes, double, float, int, message, text, type Field } from "../message.js";

/** Messages of TensorBoard's `event.proto` and `summary.proto`, by the numbers of their fields. */

/** When something was known: seconds since 1970, and the step. */
export interface Moment {
  readonly seconds: number;
  readonly step: number;
}

const event = ({ seconds, step }: Moment, what: Field): Uint8Array => message(double(1, seconds), int(2, step), what);

/** What every file begins with. */
export function versionEvent(seconds: number, writer: string): Uint8Array {
  return message(double(1, seconds), text(3, "brain.Event:2"), bytes(10, message(text(1, writer))));
}

/** A session begins at a step: what earlier files have from there on no longer counts. */
export function startEvent(at: Moment): Uint8Array {
  const start = 1;
  return event(at, bytes(7, message(int(1, start))));
}

/** What is to be shown at a step. @param values of `scalar`, `markdown` or `pluginData` */
export function summaryEvent(at: Moment, values: readonly Uint8Array[]): Uint8Array {
  return event(at, bytes(5, message(...values.map((value) => bytes(1, value)))));
}

export function scalar(tag: string, value: number): Uint8Array {
  return message(text(1, tag), float(2, value));
}

/** A text in Markdown, in the tab of texts. */
export function markdown(tag: string, content: string): Uint8Array {
  const strings = 7;
  const shape = message(bytes(2, message(int(1, 1))));
  const tensor = message(int(1, strings), bytes(2, shape), text(8, content));
  return message(text(1, `${tag}/text_summary`), bytes(8, tensor), bytes(9, metadata("text", new Uint8Array())));
}

/** What a plugin reads: the content alone, with an empty tensor, as a value needs one. */
export function pluginData(tag: string, plugin: string, content: Uint8Array): Uint8Array {
  const floats = 1;
  const empty = message(bytes(2, message()));
  return message(text(1, tag), bytes(8, message(int(1, floats), bytes(2, empty))), bytes(9, metadata(plugin, content)));
}

function metadata(plugin: string, content: Uint8Array): Uint8Array {
  return message(bytes(1, message(text(1, plugin), ...(content.length > 0 ? [bytes(2, content)] : []))));
}
