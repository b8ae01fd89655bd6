import type { CacheSpace, CachedValues, Spill } from "@taskhead/core/internals";
import { SyncSlotFile } from "../files/slot-file.js";

/** Features that do not fit into memory, each set in a temporary file for as long as a job lasts, like its images. */
export class SpilledFeatures {
  readonly #open = new Map<string, SpilledRows>();

  constructor(private readonly cacheDir: string) {}

  /** @throws {UserError} if the cache folder cannot be written, or is full */
  readonly spill: Spill = async (key, { rows, width }, fill): Promise<CachedValues> => {
    const known = this.#open.get(key);
    if (known) return known;
    const made = new SpilledRows(this.cacheDir, rows, width);
    try {
      await fill(made);
    } catch (error) {
      made.close();
      throw error;
    }
    this.#open.set(key, made);
    return made;
  };

  /** Removes the files. */
  close(): void {
    for (const rows of this.#open.values()) rows.close();
    this.#open.clear();
  }
}

/** Rows of floats in a file, a slot each. */
class SpilledRows implements CacheSpace {
  readonly length: number;
  readonly #file: SyncSlotFile;

  constructor(
    cacheDir: string,
    rows: number,
    private readonly width: number,
  ) {
    this.length = rows * width;
    this.#file = SyncSlotFile.open({ bytes: 4 * width, cacheDir, what: "features" });
  }

  set(row: Float32Array, at: number): void {
    this.#file.write(this.#slot(at), new Uint8Array(row.buffer, row.byteOffset, row.byteLength));
  }

  subarray(from: number, to: number): Float32Array {
    const out = new Float32Array(to - from);
    for (let at = from; at < to; at += this.width)
      this.#file.read(this.#slot(at), new Uint8Array(out.buffer, 4 * (at - from), 4 * this.width));
    return out;
  }

  close(): void {
    this.#file.close();
  }

  #slot(at: number): number {
    if (at % this.width !== 0) throw new RangeError(`number ${at} does not begin a row of ${this.width}`);
    return at / this.width;
  }
}
