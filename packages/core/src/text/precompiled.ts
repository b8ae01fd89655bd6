/**
 * SentencePiece's own normalisation: a map of characters, kept as a double array over their bytes (`precompiled_charsmap`,
 * base64: the bytes of the array, the array, and the texts that characters become, each closed by a zero). A grapheme of less
 * than 6 bytes becomes what its shortest known beginning becomes; else each of its characters does. After the Rust crate
 * spm_precompiled, which the reference uses.
 */
export function precompiled(base64: string): (text: string) => string {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  if (bytes.length < 4) return (text) => text;
  const view = new DataView(bytes.buffer);
  const size = view.getUint32(0, true);
  const units = Uint32Array.from({ length: size >>> 2 }, (_, i) => view.getUint32(4 + 4 * i, true));
  const texts = bytes.subarray(4 + size);
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

  const mapped = (piece: string): string | undefined => {
    const at = shortestPrefix(units, encoder.encode(piece));
    return at === undefined ? undefined : decoder.decode(texts.subarray(at, texts.indexOf(0, at)));
  };
  const normalised = (grapheme: string): string =>
    (encoder.encode(grapheme).length < 6 ? mapped(grapheme) : undefined) ??
    Array.from(grapheme, (char) => mapped(char) ?? char).join("");

  const known = new Map<string, string>();
  return (text) => {
    let result = "";
    for (const segment of graphemes(text)) {
      let now = known.get(segment);
      if (now === undefined) {
        now = normalised(segment);
        if (known.size < 10_000) known.set(segment, now);
      }
      result += now;
    }
    return result;
  };
}

/** In code units: what the segmenter is given at a time, as its time grows with the square of that. */
const piece = 256;

function* graphemes(text: string): Generator<string> {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  for (let from = 0; from < text.length;) {
    const found = Array.from(segmenter.segment(text.slice(from, from + piece)), ({ segment }) => segment);
    // The last one may go on in the next piece.
    if (from + piece < text.length && found.length > 1) found.pop();
    for (const segment of found) {
      from += segment.length;
      yield segment;
    }
  }
}

/** The value of the shortest key that the bytes begin with. */
function shortestPrefix(units: Uint32Array, bytes: Uint8Array): number | undefined {
  const offset = (unit: number): number => (unit >>> 10) << ((unit & 512) >>> 6);
  let place = offset(units[0] ?? 0);
  for (const byte of bytes) {
    if (byte === 0) return undefined;
    place ^= byte;
    const unit = units[place] ?? 0;
    // The label, with the bit that marks a value in place of it.
    if ((unit & 0x800000ff) !== byte) return undefined;
    place ^= offset(unit);
    if (unit & 256) return (units[place] ?? 0) & 0x7fffffff;
  }
  return undefined;
}
