import { upTo, type Samples } from "./samples.js";

/** How many samples are looked at, evenly spaced; targets are looked at whole. */
const looked = 256;

/** A mark of bytes that changes with any of them, by accident at least: 53 bits, in hexadecimal. */
export class Fingerprint {
  #low = 0x811c9dc5;
  #high = 0x9e3779b9;

  add(bytes: ArrayBufferView): this {
    const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < view.length; i++) {
      this.#low = Math.imul(this.#low ^ view[i]!, 0x01000193);
      this.#high = Math.imul(this.#high ^ view[i]!, 0x85ebca6b);
    }
    this.#low = Math.imul(this.#low ^ view.length, 0x01000193);
    return this;
  }

  text(): string {
    const mixed = (part: number): number => Math.imul(part ^ (part >>> 15), 0xc2b2ae35) >>> 0;
    return ((mixed(this.#high) & 0x1fffff) * 2 ** 32 + mixed(this.#low)).toString(16).padStart(14, "0");
  }
}

/** A mark of samples: of all targets, and of what some of them feed. */
export async function fingerprintOf(samples: Samples): Promise<string> {
  const mark = new Fingerprint().add(samples.targets.data);
  const step = Math.max(1, Math.ceil(samples.count / looked));
  const chosen = upTo(Math.ceil(samples.count / step)).map((i) => i * step);
  for (const indices of samples.batches(chosen, 64))
    for (const [name, { data, dims }] of Object.entries(await samples.feeds(indices)).toSorted(byName)) {
      mark.add(new TextEncoder().encode(name)).add(Int32Array.from(dims));
      if (ArrayBuffer.isView(data)) mark.add(data);
    }
  return `${samples.count} ${mark.text()}`;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
