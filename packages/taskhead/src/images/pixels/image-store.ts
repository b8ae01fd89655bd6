import { AsyncSlotFile } from "../../files/slot-file.js";

export interface ImageStoreOptions {
  /** How many images there are room for. */
  capacity: number;
  /** [channels, height, width] of one image. */
  shape: readonly [number, number, number];
  /** In bytes. Images that need more are kept in a file. */
  memoryBudget: number;
  /** Folder for that file. */
  cacheDir: string;
}

/** Where the bytes of images lie, all of one size, by slot. */
interface Slots {
  write(slot: number, image: Uint8Array): void | Promise<void>;
  read(slot: number, into: Uint8Array): void | Promise<void>;
  close(): Promise<void>;
}

/** The bytes of many images of one size, in memory or, if they do not fit, in a temporary file. */
export class ImageStore {
  /** The slots of the images, in order. */
  private kept: Int32Array;

  private constructor(
    readonly shape: readonly [number, number, number],
    private readonly slots: Slots,
    capacity: number,
  ) {
    this.kept = Int32Array.from({ length: capacity }, (_, i) => i);
  }

  /** @throws {UserError} if the images need a file and the cache folder cannot be written */
  static async create({ capacity, shape, memoryBudget, cacheDir }: ImageStoreOptions): Promise<ImageStore> {
    const imageBytes = shape[0] * shape[1] * shape[2];
    const slots =
      capacity * imageBytes <= memoryBudget
        ? new MemorySlots(imageBytes, capacity)
        : await AsyncSlotFile.open({ bytes: imageBytes, cacheDir, what: "images" });
    return new ImageStore(shape, slots, capacity);
  }

  get count(): number {
    return this.kept.length;
  }

  /** Bytes of one image. */
  get imageBytes(): number {
    return this.shape[0] * this.shape[1] * this.shape[2];
  }

  /** Stores image `index`: bytes [channels, height, width]. @throws {UserError} if the disk is full */
  async put(index: number, image: Uint8Array): Promise<void> {
    if (image.length !== this.imageBytes)
      throw new Error(`an image of ${image.length} bytes was given to a store of ${this.shape.join("×")}`);
    await this.slots.write(this.slotOf(index), image);
  }

  /** Leaves only the images of these indices, which are then 0, 1, … in this order. */
  keep(indices: readonly number[]): void {
    this.kept = Int32Array.from(indices, (i) => this.slotOf(i));
  }

  /** Copies the images of these indices one after another into `out`. */
  async gather(indices: readonly number[], out: Uint8Array): Promise<void> {
    const { imageBytes } = this;
    if (out.length < indices.length * imageBytes)
      throw new Error(`${indices.length} images do not fit into ${out.length} bytes`);
    const reads = indices.map((index, i) =>
      this.slots.read(this.slotOf(index), out.subarray(i * imageBytes, (i + 1) * imageBytes)),
    );
    await Promise.all(reads);
  }

  /** Frees the memory, or removes the file. */
  close(): Promise<void> {
    return this.slots.close();
  }

  private slotOf(index: number): number {
    const slot = this.kept[index];
    if (slot === undefined) throw new RangeError(`image ${index} was asked for, but there are ${this.count}`);
    return slot;
  }
}

/** In chunks, made when first written to: one array for all might be larger than an array can be. */
class MemorySlots implements Slots {
  private readonly chunks: Uint8Array[] = [];
  private readonly perChunk: number;

  constructor(
    private readonly imageBytes: number,
    capacity: number,
  ) {
    this.perChunk = Math.max(1, Math.min(capacity, Math.floor(2 ** 26 / imageBytes)));
  }

  write(slot: number, image: Uint8Array): void {
    this.at(slot).set(image);
  }

  read(slot: number, into: Uint8Array): void {
    into.set(this.at(slot));
  }

  async close(): Promise<void> {
    this.chunks.length = 0;
  }

  private at(slot: number): Uint8Array {
    const chunk = (this.chunks[Math.floor(slot / this.perChunk)] ??= new Uint8Array(this.perChunk * this.imageBytes));
    const start = (slot % this.perChunk) * this.imageBytes;
    return chunk.subarray(start, start + this.imageBytes);
  }
}
